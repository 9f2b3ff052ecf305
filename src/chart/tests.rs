//! Tests of the whole chart: what is drawn, whether it is found again, and what it costs.

use super::shape::{Fill, Ink, Rect};
use super::testing::{many_spans, ms, timeline};
use super::*;
use crate::trace::{Cause, Event, EventKind, LaneKind, ResourceId, ResourceKind, Target};

/// A chart that shows the times from `start` to `end` (in milliseconds) on 100 pixels, a narrow chart without gutter.
fn narrow(timeline: &Timeline, start: u64, end: u64) -> Chart {
    let mut chart = Chart::new(Px(100.0), Px(600.0));
    chart.update(timeline);
    chart.viewport.fit_range(ms(start).0 as f64, ms(end).0 as f64);
    chart
}

/// The rectangles that stand for states.
fn state_rects(shapes: &[Shape]) -> Vec<(Rect, Fill)> {
    let rect = |shape: &Shape| match shape {
        Shape::Rect { rect, fill: fill @ (Fill::State(_) | Fill::Mix(_)) } => Some((*rect, *fill)),
        _ => None,
    };
    shapes.iter().filter_map(rect).collect()
}

/// A line for each band: a character for five pixels, the first letter of what is in their middle; `+` for a mix.
fn drawn(chart: &Chart, timeline: &Timeline) -> String {
    let rects = state_rects(&chart.shapes(timeline));
    let mut lines = String::new();
    for row in chart.rows().all() {
        let y = chart.viewport.plot().top + row.band_top;
        for column in 0..20 {
            let x = f64::from(column) * 5.0 + 2.5;
            let there = rects.iter().find(|(rect, _)| rect.y == y && rect.x <= x && x < rect.x + rect.width);
            lines.push(match there.map(|(_, fill)| fill) {
                Some(Fill::State(State::Running)) => 'R',
                Some(Fill::State(State::Ready)) => '-',
                Some(Fill::State(State::Sleeping)) => 'z',
                Some(Fill::State(State::Blocked)) => '#',
                Some(Fill::State(State::Suspended)) => '~',
                Some(_) => '+',
                None => ' ',
            });
        }
        lines.push_str(&format!("| {}\n", timeline.lanes[row.lane].name));
    }
    lines
}

const JOIN: &str = "
    main: run 0-5, block 5-15 on worker, run 15-20 from worker@15
    worker < main: ready 2-4 from main@2, run 4-8, block 8-11 on door, sleep 11-13, run 13-15, end 15";

#[test]
fn bands_show_what_lanes_did_when() {
    let timeline = timeline(JOIN);
    let expected = "RRRRR##########RRRRR| main\n  --RRRR###zzRR     | worker\n";
    assert_eq!(drawn(&narrow(&timeline, 0, 20), &timeline), expected);
    let expected = "RRRRRR##############| main\n----RRRRRRRR######zz| worker\n";
    assert_eq!(drawn(&narrow(&timeline, 2, 12), &timeline), expected);
}

#[test]
fn the_legend_hides_states() {
    let timeline = timeline(JOIN);
    let mut chart = narrow(&timeline, 0, 20);
    chart.toggle_state(State::Blocked);
    assert_eq!(drawn(&chart, &timeline), "RRRRR          RRRRR| main\n  --RRRR   zzRR     | worker\n");
    let y = Px(chart.viewport.plot().top + chart.rows().all()[0].band_top + 10.0);
    assert!(matches!(chart.hit(&timeline, Px(50.0), y), Some(Hit::Row { .. })), "what is hidden is not found");
}

#[test]
fn a_run_that_goes_on_grows() {
    let mut timeline = timeline("A: run 0-5, sleep 5-10");
    let mut chart = narrow(&timeline, 0, 10);
    chart.running = true;
    timeline.advance(ms(20));
    chart.update(&timeline);
    chart.viewport.fit_range(0.0, ms(20).0 as f64);
    assert_eq!(drawn(&chart, &timeline), "RRRRRzzzzzzzzzzzzzzz| A\n");
    let present = |shape: &Shape| matches!(shape, Shape::Line { ink: Ink::Present, .. });
    assert!(chart.shapes(&timeline).iter().any(present));
    chart.running = false;
    assert!(!chart.shapes(&timeline).iter().any(present));
}

#[test]
fn an_empty_timeline_is_drawn_and_hit() {
    let timeline = Timeline::default();
    let mut chart = Chart::new(Px(800.0), Px(300.0));
    chart.update(&timeline);
    assert!(!chart.shapes(&timeline).is_empty(), "an axis at least");
    assert_eq!(chart.hit(&timeline, Px(400.0), Px(100.0)), None);
    assert!(matches!(chart.hit(&timeline, Px(400.0), Px(5.0)), Some(Hit::Axis { .. })));
    assert!(chart.svg(&timeline, Theme::Dark, "nothing").ends_with("</svg>\n"));
    assert_eq!(chart.step(&timeline, select::Step::Down), None);
}

#[test]
fn the_middle_of_every_rectangle_hits_what_it_shows() {
    for (timeline, width) in [(timeline(JOIN), 800.0), (timeline(JOIN), 360.0), (many_spans(5, 3000), 900.0)] {
        let mut chart = Chart::new(Px(width), Px(400.0));
        chart.update(&timeline);
        for zoom in [1.0, 3.0, 20.0] {
            chart.zoom_at(Px(width / 2.0), zoom);
            for (rect, fill) in state_rects(&chart.shapes(&timeline)) {
                let middle = rect.middle();
                match (chart.hit(&timeline, Px(middle.x), Px(middle.y)), fill) {
                    (Some(Hit::Span(span)), Fill::State(state)) => {
                        let change = timeline.lane(span.lane).unwrap().changes[span.index];
                        assert_eq!(change.state, state);
                    }
                    (Some(Hit::Aggregate(part)), _) => {
                        assert!(!part.changes.is_empty() && part.from <= part.to);
                    }
                    (other, _) => panic!("{rect:?} with {fill:?} gave {other:?}"),
                }
            }
        }
    }
}

#[test]
fn labels_ends_and_moments_are_drawn_and_found() {
    let timeline = timeline("main: run 0-20, scope 5-15, print 10, mark 12\nworker < main: run 2-9, fail 9");
    for width in [800.0, 360.0] {
        let mut chart = Chart::new(Px(width), Px(300.0));
        chart.update(&timeline);
        let shapes = chart.shapes(&timeline);
        let has = |wanted: &dyn Fn(&Shape) -> bool| shapes.iter().any(wanted);
        assert!(has(&|shape| matches!(shape, Shape::Text { text, .. } if text == "▾ main")));
        assert!(has(&|shape| matches!(shape, Shape::End { ending: crate::trace::Ending::Failed, .. })));
        let (mut kinds, main) = (Vec::new(), timeline.lanes[0].id);
        for shape in &shapes {
            let at = match shape {
                Shape::Tick { at, .. } => *at,
                Shape::Rect { rect, fill: Fill::Scope { .. } } => rect.middle(),
                _ => continue,
            };
            kinds.push(chart.hit(&timeline, Px(at.x), Px(at.y)));
        }
        let expected = [
            Some(Hit::Scope { lane: main, index: 0 }),
            Some(Hit::Print { lane: main, index: 0 }),
            Some(Hit::Mark { lane: main, index: 0 }),
        ];
        assert_eq!(kinds, expected);
        let label = chart.rows().all()[0].clone();
        let y = if width < 500.0 { label.top + 6.0 } else { label.band_top + 5.0 };
        let hit = chart.hit(&timeline, Px(5.0), Px(chart.viewport.plot().top + y));
        assert_eq!(hit, Some(Hit::Label { lane: main }));
        assert!(matches!(tooltip::tooltip(&timeline, &hit.unwrap()), Some(Tooltip::Lane(_))));
    }
}

#[test]
fn arrows_lead_to_and_from_the_selected_span() {
    let timeline = timeline(JOIN);
    let mut chart = Chart::new(Px(800.0), Px(300.0));
    chart.update(&timeline);
    let arrows = |chart: &Chart| {
        let shapes = chart.shapes(&timeline);
        shapes.iter().filter(|shape| matches!(shape, Shape::Arrow { .. })).count()
    };
    assert_eq!(arrows(&chart), 0);
    // The worker's last stretch ends main's wait.
    chart.select(&timeline, Some(SpanRef { lane: timeline.lanes[1].id, index: 4 }));
    assert_eq!(arrows(&chart), 1);
    chart.select(&timeline, None);
    chart.all_arrows = true;
    assert_eq!(arrows(&chart), 2);
}

#[test]
fn what_nobody_waited_for_has_arrows_only_if_asked_for() {
    let mut timeline = timeline(
        "A: run 0-20
         B: run 0-8, sleep 8-10, run 10-20",
    );
    let (a, b) = (timeline.lanes[0].id, timeline.lanes[1].id);
    let on = Target::Resource(ResourceId(9));
    for (time, given) in [(12, 2), (14, 3)] {
        let cause = Some(Cause { lane: a, time: ms(given) });
        timeline.push_event(Event { time: ms(time), lane: b, kind: EventKind::Passed { on, site: None, cause } });
    }
    let own = Some(Cause { lane: b, time: ms(15) });
    let acquired = EventKind::Acquired { resource: ResourceId(9), cause: own };
    timeline.push_event(Event { time: ms(16), lane: b, kind: acquired });

    let mut chart = Chart::new(Px(800.0), Px(300.0));
    let arrows = |chart: &mut Chart| {
        chart.update(&timeline);
        let shapes = chart.shapes(&timeline);
        shapes.iter().filter(|shape| matches!(shape, Shape::Arrow { ink: Ink::HandOver, .. })).count()
    };
    assert_eq!(arrows(&mut chart), 0);
    chart.hand_overs = true;
    assert_eq!(arrows(&mut chart), 0, "they belong to all arrows");
    chart.all_arrows = true;
    assert_eq!(arrows(&mut chart), 2, "a lane hands nothing over to itself");
    chart.hand_overs = false;
    assert_eq!(arrows(&mut chart), 0);
}

#[test]
fn no_more_arrows_are_drawn_than_can_be_told_apart() {
    let timeline = many_spans(6, 20_000);
    let mut chart = Chart::new(Px(800.0), Px(400.0));
    chart.update(&timeline);
    chart.all_arrows = true;
    for _ in 0..8 {
        let shapes = chart.shapes(&timeline);
        let count = shapes.iter().filter(|shape| matches!(shape, Shape::Arrow { .. })).count();
        assert!((1..=400).contains(&count), "{count} arrows");
        chart.zoom_at(Px(500.0), 3.0);
    }
}

#[test]
fn a_chosen_moment_has_a_line_in_view_and_its_lane_is_selected() {
    let timeline = timeline(JOIN.trim_end());
    let mut chart = Chart::new(Px(800.0), Px(300.0));
    chart.update(&timeline);
    let lane = timeline.lanes[1].id;
    let line = |chart: &Chart| {
        let found = chart.shapes(&timeline).into_iter().find_map(|shape| match shape {
            Shape::Line { from, ink: Ink::Chosen, .. } => Some(from.x),
            _ => None,
        });
        found.map(|x| chart.viewport.scale().ns_from_px(Px(x)).round())
    };
    assert_eq!((chart.chosen(&timeline), line(&chart)), (None, None));

    // Also where it was out of view.
    let time = Nanos(timeline.lanes[1].changes[0].time.0 + 1_000_000);
    chart.zoom_at(Px(790.0), 50.0);
    chart.choose(&timeline, lane, time);
    assert_eq!(chart.chosen(&timeline), Some((lane, time)));
    assert_eq!(chart.selected().map(|span| span.lane), Some(lane));
    assert_eq!(line(&chart), Some(time.0 as f64));

    // The selection of a span chooses its beginning, without a line.
    chart.step(&timeline, select::Step::Up);
    let chosen = chart.chosen(&timeline).expect("a span is selected");
    assert!(chosen.1 <= time && line(&chart).is_none());
    chart.select(&timeline, None);
    assert_eq!(chart.chosen(&timeline), None);
}

#[test]
fn a_collapsed_row_keeps_the_arrows_of_those_below() {
    let timeline = timeline(JOIN.trim_end());
    let mut chart = Chart::new(Px(800.0), Px(300.0));
    chart.update(&timeline);
    chart.toggle_collapsed(&timeline, timeline.lanes[0].id);
    assert_eq!(chart.rows().all().len(), 1);
    chart.all_arrows = true;
    assert!(chart.shapes(&timeline).len() > 3);
    chart.toggle_collapsed(&timeline, timeline.lanes[0].id);
    assert_eq!(chart.rows().all().len(), 2);
}

#[test]
fn the_number_of_shapes_depends_on_pixels() {
    let timeline = many_spans(1, 100_000);
    let mut chart = Chart::new(Px(800.0), Px(400.0));
    chart.update(&timeline);
    chart.all_arrows = true;
    for _ in 0..12 {
        let count = chart.shapes(&timeline).len();
        assert!(count < 3000, "{count} shapes with {} ns in view", chart.viewport.span());
        chart.zoom_at(Px(500.0), 3.0);
    }
}

#[test]
fn an_index_that_grew_bit_by_bit_draws_the_same() {
    let whole = many_spans(3, 2000);
    let mut grown = Chart::new(Px(800.0), Px(400.0));
    for spans in [0, 1, 15, 16, 17, 700, 2000] {
        let mut part = whole.clone();
        for lane in &mut part.lanes {
            lane.changes.truncate(spans);
        }
        part.events = spans as u64;
        grown.update(&part);
    }
    grown.update(&whole);
    let mut fresh = Chart::new(Px(800.0), Px(400.0));
    fresh.update(&whole);
    grown.all_arrows = true;
    fresh.all_arrows = true;
    assert_eq!(grown.shapes(&whole), fresh.shapes(&whole));
}

/// Prints what frames cost. Run it by name, in a release build.
#[test]
#[ignore = "measures; run by name with --release -- --ignored --nocapture"]
fn what_a_frame_costs() {
    let timeline = many_spans(16, 1_000_000 / 16);
    let mut chart = Chart::new(Px(1400.0), Px(800.0));
    let start = std::time::Instant::now();
    chart.update(&timeline);
    println!("index: {:?}", start.elapsed());
    for all_arrows in [false, true] {
        chart.all_arrows = all_arrows;
        chart.fit();
        for _ in 0..8 {
            let frame = |_| {
                let start = std::time::Instant::now();
                let count = chart.shapes(&timeline).len();
                (start.elapsed(), count)
            };
            // The fastest, since the others show what else the machine had to do.
            let (took, count) = (0..20).map(frame).min().unwrap();
            println!("{:>14.0} ns in view: {count} shapes, {took:?}", chart.viewport.span());
            chart.zoom_at(Px(700.0), 4.0);
        }
    }
}

const TURNS: &str = "
    main: run 0-5, ready 5-12 on GIL, run 12-20, gil 0-5, gil 12-20
    worker < main: ready 2-5 on GIL, run 5-12, end 12, gil 5-12";

/// The slices of those who had the GIL, with the names on them.
fn turns(chart: &Chart, timeline: &Timeline) -> Vec<(Rect, Option<u32>)> {
    let turn = |shape: &Shape| match shape {
        Shape::Rect { rect, fill: Fill::Turn { lane } } => Some((*rect, *lane)),
        _ => None,
    };
    chart.shapes(timeline).iter().filter_map(turn).collect()
}

#[test]
fn the_gil_has_a_row_that_shows_who_had_it() {
    let timeline = timeline(TURNS);
    let mut chart = narrow(&timeline, 0, 20);
    let slices = turns(&chart, &timeline);
    let edges: Vec<_> = slices.iter().map(|(rect, lane)| (rect.x, rect.x + rect.width, *lane)).collect();
    assert_eq!(edges, [(0.0, 24.0, Some(0)), (25.0, 59.0, Some(1)), (60.0, 99.0, Some(0))]);
    let below_the_lanes = chart.rows().all().last().unwrap().bottom();
    assert!(slices.iter().all(|(rect, _)| rect.y > chart.viewport.plot().top + below_the_lanes));
    assert!(slices[0].0.y + slices[0].0.height < chart.full_height().0);

    let middle = slices[1].0.middle();
    let hit = chart.hit(&timeline, Px(middle.x), Px(middle.y)).unwrap();
    let Some(Tooltip::Note(words)) = tooltip::tooltip(&timeline, &hit) else { panic!("{hit:?}") };
    assert_eq!((words.text.as_str(), words.what.as_str()), ("worker", "has the GIL"));
    assert_eq!((words.start, words.duration), (ms(5), Some(ms(7))));
    chart.select_at(&timeline, Px(middle.x), Px(middle.y));
    assert_eq!(chart.selected(), Some(SpanRef { lane: timeline.lanes[1].id, index: 1 }));

    let beside = chart.hit(&timeline, Px(59.5), Px(middle.y)).unwrap();
    assert!(matches!(beside, Hit::Turn { .. } | Hit::Turns { .. }), "{beside:?}");
    assert_eq!(chart.hit(&timeline, Px(50.0), Px(chart.full_height().0 + 1.0)), None);
    let label = chart.hit(&timeline, Px(50.0), Px(middle.y - 14.0)).unwrap();
    let Some(Tooltip::Turns(words)) = tooltip::tooltip(&timeline, &label) else { panic!("{label:?}") };
    assert_eq!((words.name.as_str(), words.holder), ("GIL", None));
    let summary = chart.summary(&timeline);
    assert!(summary.contains("GIL: held for 20.0 ms in 3 turns, most of it by main."), "{summary}");
}

/// What defines a GIL and two lanes.
fn definitions(gil: ResourceId) -> Vec<Event> {
    let lane = |id, name: &str| Event {
        time: Nanos::ZERO,
        lane: LaneId(id),
        kind: EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: name.into() },
    };
    let kind = EventKind::ResourceDefined { resource: gil, kind: ResourceKind::Gil, name: "GIL".into() };
    vec![lane(0, "A"), lane(1, "B"), Event { time: Nanos::ZERO, lane: LaneId(0), kind }]
}

#[test]
fn a_long_turn_is_seen_after_short_ones_in_the_same_pixel() {
    let resource = ResourceId(7);
    let event = |time, kind| Event { time: Nanos(time), lane: LaneId(0), kind };
    let turn = |from, to| {
        [event(from, EventKind::Acquired { resource, cause: None }), event(to, EventKind::Released { resource })]
    };
    let turns_of_lane = [turn(0, 10), turn(20, 30), turn(40, 90_000)].concat();
    let mut timeline = Timeline::from_events(definitions(resource).into_iter().chain(turns_of_lane));
    timeline.advance(Nanos(100_000));
    let mut chart = Chart::new(Px(100.0), Px(600.0));
    chart.update(&timeline);
    chart.viewport.fit_range(0.0, 100_000.0);
    let slices = turns(&chart, &timeline);
    let lengths: Vec<_> = slices.iter().map(|(rect, lane)| (rect.width.round(), *lane)).collect();
    assert_eq!(lengths, [(1.0, None), (89.0, Some(0))]);
}

#[test]
fn turns_too_short_to_be_told_apart_are_one_shape() {
    let mut chart = Chart::new(Px(100.0), Px(600.0));
    let resource = ResourceId(7);
    let mut events = definitions(resource);
    for turn in 0..100_000u64 {
        let lane = LaneId((turn % 2) as u32);
        let kind = EventKind::Acquired { resource, cause: None };
        events.push(Event { time: Nanos(turn * 100), lane, kind });
        events.push(Event { time: Nanos(turn * 100 + 90), lane, kind: EventKind::Released { resource } });
    }
    let timeline = Timeline::from_events(events);
    chart.update(&timeline);
    chart.fit();
    let slices = turns(&chart, &timeline);
    assert_eq!((slices.len(), slices[0].1), (1, None));
}
