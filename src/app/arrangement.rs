//! How a reader has arranged the pages of a group of demos: how much room the chart has, and which panels are closed. As
//! text, for the browser to remember. Knows nothing of the page.

use super::address::Panel;

/// The least and the most of the width that the chart may have, in percent.
pub const ROOM: (u8, u8) = (30, 75);

/// The panels that can be closed.
pub const CLOSABLE: [Panel; 3] = [Panel::Code, Panel::Observations, Panel::Console];

/// How the panels are arranged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    room: u8,
    closed: Vec<Panel>,
}

impl Default for Arrangement {
    fn default() -> Arrangement {
        Arrangement { room: 56, closed: Vec::new() }
    }
}

impl Arrangement {
    /// What [`Arrangement::write`] has written; what makes no sense is as by default.
    pub fn read(text: &str) -> Arrangement {
        let mut arrangement = Arrangement::default();
        for word in text.split(' ') {
            if let Ok(room) = word.parse() {
                arrangement = arrangement.with_room(room);
            } else if let Some(panel) = CLOSABLE.into_iter().find(|panel| panel.name() == word) {
                arrangement.closed.push(panel);
            }
        }
        arrangement.closed.dedup();
        arrangement
    }

    /// As text.
    pub fn write(&self) -> String {
        let closed = self.closed.iter().map(|panel| format!(" {}", panel.name()));
        format!("{}{}", self.room, closed.collect::<String>())
    }

    /// How much of the width the chart has beside the code, in percent.
    pub fn room(&self) -> u8 {
        self.room
    }

    /// The same with another part of the width for the chart, in percent; within [`ROOM`].
    pub fn with_room(&self, percent: u8) -> Arrangement {
        Arrangement { room: percent.clamp(ROOM.0, ROOM.1), closed: self.closed.clone() }
    }

    /// Whether a panel is open.
    pub fn is_open(&self, panel: Panel) -> bool {
        !self.closed.contains(&panel)
    }

    /// The same with this panel closed if it is open, or opened.
    pub fn toggled(&self, panel: Panel) -> Arrangement {
        let mut closed = self.closed.clone();
        match closed.iter().position(|other| *other == panel) {
            Some(at) => _ = closed.remove(at),
            None => closed.push(panel),
        }
        Arrangement { room: self.room, closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for arrangement in [
            Arrangement::default(),
            Arrangement::default().with_room(40).toggled(Panel::Console),
            Arrangement::default().toggled(Panel::Code).toggled(Panel::Observations),
        ] {
            assert_eq!(Arrangement::read(&arrangement.write()), arrangement);
        }
    }

    #[test]
    fn a_panel_is_closed_and_opened_again() {
        let closed = Arrangement::default().toggled(Panel::Code);
        assert!(!closed.is_open(Panel::Code) && closed.is_open(Panel::Console));
        assert_eq!(closed.toggled(Panel::Code), Arrangement::default());
    }

    #[test]
    fn nonsense_is_as_by_default_and_the_room_has_limits() {
        for text in ["", "wide open", "-3 chart controls", "1e9"] {
            assert_eq!(Arrangement::read(text), Arrangement::default(), "{text}");
        }
        assert_eq!(Arrangement::read("99").room(), ROOM.1);
        assert_eq!(Arrangement::read("0").room(), ROOM.0);
    }
}
