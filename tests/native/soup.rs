//! Events that make no sense, for properties that hold whatever comes.

use proptest::collection::vec;
use proptest::prelude::*;
use weft::trace::{
    Cause, Ending, Event, EventKind, LOCAL_BITS, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, SiteId, Target,
};

/// Up to 80 events of a few lanes and resources in two processes.
pub fn events(time: BoxedStrategy<u64>) -> impl Strategy<Value = Vec<Event>> {
    vec(event(time.prop_map(Nanos).boxed()), 0..80)
}

/// Times of which many are equal, and some have digits that floats are bad at.
pub fn crowded() -> BoxedStrategy<u64> {
    prop_oneof![0..8_u64, 1_000_000..1_000_300_u64, (0..1_000_u64).prop_map(|ms| ms * 1_000_000), 0..(1_u64 << 49)]
        .boxed()
}

fn lane() -> impl Strategy<Value = LaneId> {
    prop_oneof![4 => (0..4_u32).prop_map(LaneId), 1 => (0..2_u32).prop_map(|local| LaneId((1 << LOCAL_BITS) | local))]
}

fn resource() -> impl Strategy<Value = ResourceId> {
    prop_oneof![(0..3_u32).prop_map(ResourceId), Just(ResourceId((1 << LOCAL_BITS) | 1))]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![resource().prop_map(Target::Resource), lane().prop_map(Target::Lane)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,4}", ".{0,12}"]
}

fn value() -> impl Strategy<Value = i64> {
    prop_oneof![-3..20_i64, any::<i64>()]
}

fn event(time: BoxedStrategy<Nanos>) -> impl Strategy<Value = Event> {
    let at = time.clone();
    (at, lane(), kind(time)).prop_map(|(time, lane, kind)| Event { time, lane, kind })
}

fn kind(time: BoxedStrategy<Nanos>) -> impl Strategy<Value = EventKind> {
    use EventKind::*;
    let option = proptest::option::of::<BoxedStrategy<SiteId>>;
    let site = (0..5_u32).prop_map(SiteId).boxed();
    let cause = || (lane(), time.clone()).prop_map(|(lane, time)| Cause { lane, time });
    let state = proptest::sample::select(&weft::trace::State::ALL[..]);
    prop_oneof![
        2 => (proptest::sample::select(&LaneKind::ALL[..]), proptest::option::of(lane()), text())
            .prop_map(|(kind, parent, name)| LaneDefined { kind, parent, name }),
        1 => (resource(), proptest::sample::select(ResourceKind::ALL), text())
            .prop_map(|(resource, kind, name)| ResourceDefined { resource, kind, name }),
        1 => (0..4_u32, text(), 1..99_u32)
            .prop_map(|(site, file, line)| SiteDefined { site: SiteId(site), file, line }),
        8 => (state, proptest::option::of(target()), option(site.clone()), proptest::option::of(cause()))
            .prop_map(|(state, on, site, cause)| State { state, on, site, cause }),
        1 => (target(), option(site.clone()), proptest::option::of(cause()))
            .prop_map(|(on, site, cause)| Passed { on, site, cause }),
        1 => (proptest::sample::select(&Ending::ALL[..]), proptest::option::of(text()))
            .prop_map(|(ending, message)| Ended { ending, message }),
        4 => (resource(), proptest::option::of(cause())).prop_map(|(resource, cause)| Acquired { resource, cause }),
        4 => resource().prop_map(|resource| Released { resource }),
        2 => (resource(), value()).prop_map(|(resource, value)| Level { resource, value }),
        2 => (resource(), value(), option(site.clone())).prop_map(|(resource, value, site)| Read { resource, value, site }),
        2 => (resource(), value(), option(site)).prop_map(|(resource, value, site)| Write { resource, value, site }),
        4 => text().prop_map(|name| ScopeBegan { name }),
        4 => Just(ScopeEnded),
        1 => text().prop_map(|text| Mark { text }),
        2 => text().prop_map(|text| Print { text }),
        1 => time.prop_map(|by| Lifted { by: Nanos(by.0 / 128) }),
    ]
}
