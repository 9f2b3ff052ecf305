//! asyncio's tasks: each is a lane, which runs while the task is stepped. What it waits for, and on which line, is told
//! by the frames of its `await`.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustpython_stdlib::{TASK_OBSERVER, TaskObserver};
use rustpython_vm::bytecode::CodeFlags;
use rustpython_vm::frame::frame_at_offset;
use rustpython_vm::{PyObject, PyObjectRef, PyPayload, PyRef, VirtualMachine, pyclass};
use weft::runtime::tasks::{ForeignTask, ForeignWait};
use weft::runtime::threads::Composite;
use weft::trace::{Ending, LaneId, ResourceKind, Site, Target};

use super::whole::{ATTRIBUTE, Whole};
use crate::reader;

/// The lane of a task, which has it as an attribute.
#[pyclass(module = "_weft", name = "TaskLane")]
#[derive(PyPayload)]
pub(crate) struct TaskLane {
    task: ForeignTask,
    /// The reader's line that has made it: where it waits, if its coroutine is a library's.
    made: Option<Site>,
    /// What it awaits, from where it says so to the end of its turn; and then, if it is a permit that is given to it.
    awaits: Mutex<Option<Await>>,
}

/// What a task awaits.
struct Await {
    wait: ForeignWait,
    site: Option<Site>,
    /// A primitive of which it waits for a permit, and the future that tells that it was given.
    permit: Option<(PyRef<Whole>, PyObjectRef)>,
}

impl fmt::Debug for TaskLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("TaskLane")
    }
}

#[pyclass]
impl TaskLane {}

impl TaskLane {
    pub(super) fn id(&self) -> LaneId {
        self.task.lane()
    }

    fn awaits(&self, what: Option<Await>) -> Option<Await> {
        std::mem::replace(&mut *self.awaits.lock().unwrap_or_else(PoisonError::into_inner), what)
    }
}

/// From now on tasks are lanes.
pub(crate) fn observe() {
    // A second interpreter finds it done.
    let _ = TASK_OBSERVER.set(TaskObserver { made, begins, awaits, done, leaves });
}

/// The lane of a task.
pub(super) fn lane_of(task: &PyObject, vm: &VirtualMachine) -> Option<PyRef<TaskLane>> {
    kept(task, vm)
}

/// What an object has as that attribute, if it is of this type.
fn kept<T: PyPayload>(object: &PyObject, vm: &VirtualMachine) -> Option<PyRef<T>> {
    let kept = object.dict()?.get_item_opt(ATTRIBUTE, vm).ok()??;
    kept.downcast().ok()
}

fn made(task: &PyObject, vm: &VirtualMachine) {
    let name = vm.call_method(task, "get_name", ()).and_then(|name| name.str(vm));
    let name = name.map_or_else(|_| "task".to_owned(), |name| name.to_string());
    let lane = TaskLane { task: ForeignTask::new(name), made: reader::site(vm), awaits: Mutex::default() };
    // A task has a dictionary.
    let _ = task.set_attr(ATTRIBUTE, lane.into_ref(&vm.ctx), vm);
}

fn begins(task: &PyObject, vm: &VirtualMachine) {
    let Some(lane) = lane_of(task, vm) else { return };
    lane.task.begins();
    let awaited = lane.awaits(None);
    if let Some((whole, future)) = awaited.and_then(|awaited| awaited.permit)
        && !is(&future, "cancelled", vm)
    {
        whole.composite.acquired();
    }
}

fn awaits(future: &PyObject, vm: &VirtualMachine) {
    let task = vm.asyncio_running_task.borrow().clone();
    if let Some(lane) = task.and_then(|task| lane_of(&task, vm)) {
        lane.awaits(Some(await_of(future, vm)));
    }
}

fn done(task: &PyObject, vm: &VirtualMachine) {
    let Some(lane) = lane_of(task, vm) else { return };
    // `exception()` would count as having been asked for it.
    let exception = task.get_attr("_exception", vm).ok().filter(|exception| !vm.is_none(exception));
    match exception {
        Some(exception) => lane.task.ends(Ending::Failed, &message(&exception, vm)),
        None if is(task, "cancelled", vm) => lane.task.ends(Ending::Cancelled, ""),
        None => lane.task.ends(Ending::Returned, ""),
    }
}

fn leaves(task: &PyObject, vm: &VirtualMachine) {
    let Some(lane) = lane_of(task, vm) else { return };
    let Some(mut awaited) = lane.awaits(None) else {
        // It has let others go first, or awaits a future that is not asyncio's own.
        let waits = task.get_attr("_fut_waiter", vm).is_ok_and(|future| !vm.is_none(&future));
        return lane.task.leaves(if waits { ForeignWait::On(None) } else { ForeignWait::Ready }, None);
    };
    lane.task.leaves(awaited.wait, awaited.site.or(lane.made));
    if awaited.permit.is_some() {
        awaited.site = None;
        lane.awaits(Some(awaited));
    }
}

fn is(future: &PyObject, method: &'static str, vm: &VirtualMachine) -> bool {
    vm.call_method(future, method, ()).and_then(|answer| answer.try_to_bool(vm)).unwrap_or(false)
}

fn message(exception: &PyObject, vm: &VirtualMachine) -> String {
    let text = exception.str(vm).map(|text| text.to_string()).unwrap_or_default();
    let class = exception.class().name().to_string();
    if text.is_empty() { class } else { format!("{class}: {text}") }
}

/// Which function of the library awaits a future.
enum By {
    /// `asyncio.sleep`.
    Sleep,
    /// `asyncio.wait`, for so many.
    Wait(usize),
    Library,
}

/// What the current task awaits with this future: the outermost primitive of the library on the way to the reader's line,
/// or what the future stands for.
fn await_of(future: &PyObject, vm: &VirtualMachine) -> Await {
    let mut outermost: Option<PyRef<Whole>> = None;
    let mut first = None;
    let mut site = None;
    let of_task =
        CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR | CodeFlags::GENERATOR | CodeFlags::ITERABLE_COROUTINE;
    for frame in (0..).map_while(|at| frame_at_offset(at, vm)) {
        let code = frame.f_code();
        if !code.flags.intersects(of_task) {
            // What steps the task.
            break;
        }
        if code.source_path().as_str() == reader::FILE {
            site = u32::try_from(frame.lineno()).ok().map(|line| Site::Line { file: reader::FILE_ID, line });
            break;
        }
        let local = |name: &str| frame.f_locals(vm).and_then(|locals| locals.get_item(name, vm)).ok();
        let of = code.varnames.first().filter(|name| name.as_str() == "self").and_then(|_| local("self"));
        if let Some(whole) = of.and_then(|of| kept(&of, vm)) {
            outermost = Some(whole);
        }
        first.get_or_insert_with(|| match (code.source_path().as_str(), code.obj_name.as_str()) {
            ("asyncio.tasks", "sleep") => By::Sleep,
            ("asyncio.tasks", "_wait") => {
                By::Wait(local("fs").and_then(|several| several.length(vm).ok()).unwrap_or_default())
            }
            _ => By::Library,
        });
    }
    if let Some(whole) = outermost {
        let permit = (whole.composite.kind() == ResourceKind::Semaphore).then(|| (whole.clone(), future.to_owned()));
        return Await { wait: ForeignWait::On(Some(whole.composite.target())), site, permit };
    }
    let wait = match first {
        Some(By::Sleep) => ForeignWait::Sleeping,
        Some(By::Wait(several)) => {
            ForeignWait::On(Some(Composite::new(ResourceKind::Gather, format!("wait of {several}")).target()))
        }
        Some(By::Library) => ForeignWait::On(target_of(future, false, vm)),
        None => ForeignWait::On(target_of(future, true, vm)),
    };
    Await { wait, site, permit: None }
}

/// What a future stands for.
fn target_of(future: &PyObject, by_reader: bool, vm: &VirtualMachine) -> Option<Target> {
    if let Some(lane) = lane_of(future, vm) {
        return Some(Target::Lane(lane.id()));
    }
    if let Some(whole) = kept::<Whole>(future, vm) {
        return Some(whole.composite.target());
    }
    let (kind, name) = match &*future.class().name() {
        "_GatheringFuture" => {
            let children = future.get_attr("_children", vm).and_then(|children| children.length(vm));
            (ResourceKind::Gather, format!("gather of {}", children.unwrap_or(0)))
        }
        // Who else waits for one that was made elsewhere is not known.
        _ if by_reader => (ResourceKind::Future, reader::numbered("future")),
        _ => return None,
    };
    Whole::make(future, kind, name, vm).ok()
}

/// The lane of a task ends, since it will not be stepped any more.
pub(super) fn abandon(task: &PyObject, vm: &VirtualMachine) {
    if let Some(lane) = lane_of(task, vm) {
        lane.task.abandoned();
    }
}
