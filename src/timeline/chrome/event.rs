//! The shape of the file: one event of it, and the data beside the events. It knows nothing of how a timeline is turned
//! into them; see [`super::export`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{MAX_TIME, Meta, RESERVED};
use crate::timeline::{Resource, Timeline};
use crate::trace::{Cause, Nanos, SiteId};

/// How events of the same time are ordered. Perfetto attaches an arrow to the latest slice of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The start of an arrow, out of a slice that ends now.
    LeavesEarlierSlice,
    Slice,
    Leaves,
    Arrives,
    /// Perfetto makes a slice of these too, so they come after the arrows.
    Instant,
}

#[derive(Debug, Serialize)]
pub(super) struct TraceEvent<'t> {
    pub(super) name: Cow<'t, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) cat: &'static str,
    pub(super) ph: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ts: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dur: Option<Micros>,
    pub(super) pid: u32,
    pub(super) tid: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<u64>,
    /// Of an instant: it belongs to its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) s: Option<&'static str>,
    /// Of an arrow's end: it belongs to the slice around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) args: Option<Args<'t>>,
    /// For a counter: the other data, since other tools draw each of its `args` as a curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weft: Option<Occurrence>,
    #[serde(skip)]
    pub(super) rank: Rank,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Args<'t> {
    Name {
        name: Cow<'t, str>,
    },
    SortIndex {
        sort_index: usize,
    },
    Lane {
        name: &'t str,
        lane: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        defined: Option<Micros>,
        #[serde(skip_serializing_if = "Option::is_none")]
        worker: Option<(u16, u16)>,
    },
    /// Of a state, or of a wait that was already over.
    Wait {
        #[serde(skip_serializing_if = "Option::is_none")]
        resource: Option<Cow<'t, str>>,
        #[serde(flatten)]
        line: Line<'t>,
        #[serde(skip_serializing_if = "Option::is_none")]
        on: Option<On>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<By>,
    },
    Scope {
        lane: u32,
        depth: u32,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        open: bool,
    },
    /// Of a held resource, of an access to a cell, of a release by a lane that held nothing.
    Resource {
        resource: &'t str,
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<&'static str>,
        #[serde(flatten)]
        occurrence: Occurrence,
        #[serde(skip_serializing_if = "Option::is_none")]
        released: Option<Release>,
        #[serde(skip_serializing_if = "Option::is_none")]
        access: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Whole>,
        #[serde(flatten)]
        line: Line<'t>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<By>,
    },
    Level {
        value: Whole,
    },
    End {
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'t str>,
    },
}

/// A source line, in words and by number.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line<'t> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) site: Option<u32>,
}

impl<'t> Line<'t> {
    pub(super) fn of(timeline: &'t Timeline, site: Option<SiteId>) -> Line<'t> {
        let source = site.and_then(|site| timeline.site(site));
        Line {
            line: source.map(|source| source.line),
            file: source.map(|source| source.file.as_str()),
            site: site.map(|site| site.0),
        }
    }
}

/// What is waited for, by number.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum On {
    Resource(u32),
    Lane(u32),
}

#[derive(Debug, Serialize)]
pub(super) struct By {
    pub(super) lane: u32,
    pub(super) ts: Micros,
}

impl From<Cause> for By {
    fn from(cause: Cause) -> By {
        By { lane: cause.lane.0, ts: cause.time.into() }
    }
}

/// Which of a resource's events it was, and by whom.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Occurrence {
    pub(super) id: u32,
    pub(super) n: usize,
    pub(super) lane: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Release {
    pub(super) n: usize,
    pub(super) lane: u32,
}

/// A time in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(pub(super) Nanos);

impl From<Nanos> for Micros {
    fn from(time: Nanos) -> Micros {
        Micros(time.min(MAX_TIME))
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut micros = self.0.as_micros_f64();
        // Perfetto truncates to whole nanoseconds, so 1.001, which times 1000 is slightly less than 1001, would lose
        // one, and slices that touch would overlap.
        while ((micros * 1e3) as u64) < self.0.0 {
            micros = micros.next_up();
        }
        serializer.serialize_f64(micros)
    }
}

/// A whole number; as text when it has more digits than a JavaScript number can hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole(pub(super) i64);

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.unsigned_abs() < 1 << 53 { serializer.serialize_i64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtherData<'t> {
    pub(super) weft: &'t str,
    pub(super) demo: Option<&'t str>,
    pub(super) params: &'t Map<String, Value>,
    pub(super) resources: Vec<ResourceRow<'t>>,
    pub(super) sites: Vec<(&'t str, u32)>,
    pub(super) anomalies: Vec<AnomalyRow<'t>>,
    pub(super) lifts: LiftsRow,
    pub(super) events: u64,
    pub(super) now: Micros,
    pub(super) recording_ended: Option<Micros>,
    #[serde(flatten)]
    pub(super) extra: BTreeMap<&'t str, &'t Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct ResourceRow<'t> {
    pub(super) id: u32,
    pub(super) kind: Option<&'static str>,
    pub(super) name: &'t str,
}

#[derive(Debug, Serialize)]
pub(super) struct AnomalyRow<'t> {
    pub(super) ts: Micros,
    pub(super) lane: Option<u32>,
    pub(super) text: &'t str,
}

#[derive(Debug, Serialize)]
pub(super) struct LiftsRow {
    pub(super) count: u64,
    pub(super) total: Micros,
    pub(super) max: Micros,
}

impl<'t> OtherData<'t> {
    pub(super) fn of(timeline: &'t Timeline, meta: &'t Meta) -> OtherData<'t> {
        let resource = |resource: &'t Resource| ResourceRow {
            id: resource.id.0,
            kind: resource.kind.map(|kind| kind.name()),
            name: &resource.name,
        };
        let lifts = timeline.lifts;
        OtherData {
            weft: &meta.weft,
            demo: meta.demo.as_deref(),
            params: &meta.params,
            resources: timeline.resources.iter().map(resource).collect(),
            sites: timeline.sites.iter().map(|site| (site.file.as_str(), site.line)).collect(),
            anomalies: timeline
                .anomalies
                .iter()
                .map(|it| AnomalyRow { ts: it.time.into(), lane: it.lane.map(|lane| lane.0), text: &it.text })
                .collect(),
            lifts: LiftsRow { count: lifts.count, total: lifts.total.into(), max: lifts.max.into() },
            events: timeline.events,
            now: timeline.now.into(),
            recording_ended: timeline.recording_ended.map(Micros::from),
            extra: meta
                .extra
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .filter(|(name, _)| !RESERVED.contains(name))
                .collect(),
        }
    }
}
