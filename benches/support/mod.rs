//! What the benchmarks share.

use weft::runtime::Run;
use weft::timeline::Timeline;
use weft::trace::Ending;
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};

/// Everything the run has recorded.
pub fn timeline(run: &Run) -> Timeline {
    let memory = LocalMemory::new(run.recorder.root());
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for piece in Reader::new(0, memory.root_address()).read(&memory, usize::MAX).0 {
        assert_eq!(decoder.decode(&piece, &mut events), 0, "no record is lost");
    }
    let mut timeline = Timeline::default();
    timeline.push_recorded(events);
    timeline.close(timeline.now, Ending::Stopped);
    timeline
}
