//! What an event loop of asyncio stands on: the callbacks that are ready, and what its thread sleeps in while there are
//! none. CPython has a `deque` and a selector there; this is both.
//!
//! Each callback is kept with who has scheduled it, and called on behalf of that.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use rustpython_vm::builtins::PyListRef;
use rustpython_vm::frame::frame_at_offset;
use rustpython_vm::function::{ArgIntoFloat, FuncArgs};
use rustpython_vm::protocol::PySequenceMethods;
use rustpython_vm::types::{AsSequence, Constructor};
use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload, PyResult, TryFromObject, VirtualMachine, atomic_func, pyclass,
};
use weft::runtime::tasks::ForeignLoop;
use weft::runtime::{self, lane};
use weft::trace::{Cause, LaneId, Nanos};

use super::tasks::lane_of;
use crate::gil;

/// With more timers than this the loop looks now and then which of them were cancelled.
const MANY_TIMERS: usize = 100;

/// Callbacks that are ready, first come, first served.
#[pyclass(module = "_weft", name = "Callbacks")]
#[derive(PyPayload)]
pub(crate) struct Callbacks {
    event_loop: ForeignLoop,
    ready: Mutex<VecDeque<(PyObjectRef, Cause)>>,
    /// How much faster than the clock time passes for the loop.
    speed: f64,
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Callbacks")
    }
}

impl Callbacks {
    fn ready(&self) -> MutexGuard<'_, VecDeque<(PyObjectRef, Cause)>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time_now(&self) -> f64 {
        runtime::now().0 as f64 / 1e9 * self.speed
    }

    /// What ends the sleep of the loop's thread, for who is no thread of Python's.
    pub(super) fn waker(&self) -> Waker {
        self.event_loop.waker()
    }

    /// The time of the run at which it is this time for the loop.
    fn clock_time(&self, time: f64) -> Nanos {
        Nanos((time / self.speed * 1e9) as u64)
    }
}

impl Constructor for Callbacks {
    type Args = ();

    fn py_new(_cls: &Py<rustpython_vm::builtins::PyType>, (): (), _vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Callbacks {
            event_loop: ForeignLoop::new(),
            ready: Mutex::default(),
            speed: lane::current().map_or(1.0, |(run, _)| run.config.speed),
        })
    }
}

#[pyclass(with(Constructor, AsSequence))]
impl Callbacks {
    /// Adds a handle, from any thread. One of a timer was scheduled by the time that has come.
    #[pymethod]
    pub(super) fn append(zelf: &Py<Self>, handle: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let cause = match &*handle.class().name() {
            "TimerHandle" => zelf.event_loop.due(zelf.clock_time(when(&handle, vm)?)),
            _ => ForeignLoop::cause(),
        };
        zelf.ready().push_back((handle, cause));
        Ok(())
    }

    /// Takes the first handle, which is called now.
    #[pymethod]
    fn popleft(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        let first = zelf.ready().pop_front();
        let (handle, cause) = first.ok_or_else(|| vm.new_index_error("no callback is ready"))?;
        zelf.event_loop.calls(cause, is_step(&handle, vm));
        Ok(handle)
    }

    /// Calls the handles that are ready now, unless none is, or timers are to be seen to: then it returns false.
    #[pymethod]
    fn run(zelf: &Py<Self>, event_loop: PyObjectRef, timers: PyListRef, vm: &VirtualMachine) -> PyResult<bool> {
        let first = timers.borrow_vec().first().cloned();
        let is_due = match first {
            Some(timer) => when(&timer, vm)? <= zelf.time_now() || timers.borrow_vec().len() > MANY_TIMERS,
            None => false,
        };
        let count = zelf.ready().len();
        if is_due || count == 0 {
            return Ok(false);
        }
        for _ in 0..count {
            let handle = Callbacks::popleft(zelf, vm)?;
            if handle.get_attr("_cancelled", vm)?.try_to_bool(vm)? {
                continue;
            }
            if !matches!(&*handle.class().name(), "Handle" | "TimerHandle") {
                vm.call_method(&handle, "_run", ())?;
                continue;
            }
            let (context, callback) = (handle.get_attr("_context", vm)?, handle.get_attr("_callback", vm)?);
            let mut args = vec![callback];
            let rest = handle.get_attr("_args", vm)?;
            args.extend(vm.extract_elements_with(&rest, Ok)?);
            if let Err(error) = vm.call_method(&context, "run", FuncArgs::from(args)) {
                let exits = [vm.ctx.exceptions.system_exit, vm.ctx.exceptions.keyboard_interrupt];
                if exits.iter().any(|exit| error.fast_isinstance(exit)) {
                    return Err(error);
                }
                vm.call_method(&event_loop, "_failed", (handle, error))?;
            }
        }
        Ok(true)
    }

    #[pymethod]
    fn clear(zelf: &Py<Self>) {
        // What goes with them may look at this.
        let handles = std::mem::take(&mut *zelf.ready());
        drop(handles);
    }

    /// The loop's time.
    #[pymethod]
    fn time(zelf: &Py<Self>) -> f64 {
        zelf.time_now()
    }

    /// Sleeps until another thread wakes this one, or for this time of the loop's. There is nothing else to be told of.
    #[pymethod]
    fn select(zelf: &Py<Self>, timeout: Option<ArgIntoFloat>, vm: &VirtualMachine) -> PyObjectRef {
        let timeout = timeout.map(ArgIntoFloat::into_float);
        if timeout.is_none_or(|timeout| timeout > 0.0) {
            // Rounded up: browsers' timers know only milliseconds.
            let timeout = timeout.map(|timeout| Duration::from_millis((timeout / zelf.speed * 1e3).ceil() as u64));
            let for_end_of = if timeout.is_none() { awaited(vm) } else { None };
            gil::wait(vm, || zelf.event_loop.sleep(timeout, for_end_of));
        }
        vm.ctx.new_list(Vec::new()).into()
    }

    /// Ends the sleep, from any thread.
    #[pymethod]
    fn wake(zelf: &Py<Self>) {
        zelf.event_loop.wake();
    }

    /// The loop does not run any more, or not for now.
    #[pymethod]
    fn pause(zelf: &Py<Self>) {
        zelf.event_loop.pauses();
    }
}

impl AsSequence for Callbacks {
    fn as_sequence() -> &'static PySequenceMethods {
        static AS_SEQUENCE: PySequenceMethods = PySequenceMethods {
            length: atomic_func!(|sequence, _vm| Ok(Callbacks::sequence_downcast(sequence).ready().len())),
            ..PySequenceMethods::NOT_IMPLEMENTED
        };
        &AS_SEQUENCE
    }
}

/// The task whose end the current thread waits for in `run_until_complete`.
fn awaited(vm: &VirtualMachine) -> Option<LaneId> {
    let mut frames = (0..).map_while(|at| frame_at_offset(at, vm));
    let waits = frames.find(|frame| frame.f_code().obj_name.as_str() == "run_until_complete")?;
    let task = waits.f_locals(vm).and_then(|locals| locals.get_item("future", vm)).ok()?;
    lane_of(&task, vm).map(|lane| lane.id())
}

/// When a timer is due, by the loop's time.
fn when(timer: &PyObject, vm: &VirtualMachine) -> PyResult<f64> {
    Ok(ArgIntoFloat::try_from_object(vm, timer.get_attr("_when", vm)?)?.into_float())
}

/// Whether a callback steps a task.
fn is_step(handle: &PyObject, vm: &VirtualMachine) -> bool {
    let callback = handle.get_attr("_callback", vm);
    callback.is_ok_and(|callback| matches!(&*callback.class().name(), "TaskStepMethWrapper" | "TaskWakeupMethWrapper"))
}
