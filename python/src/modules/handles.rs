//! `_thread`'s threads: each is a lane.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustpython_vm::builtins::{PyStr, PyType};
use rustpython_vm::function::{ArgIntoFloat, FuncArgs, OptionalArg};
use rustpython_vm::types::{Constructor, Representable};
use rustpython_vm::vm::thread::cleanup_current_thread_frames;
use rustpython_vm::{AsObject, FromArgs, Py, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine, pyclass};
use weft::runtime::lane;
use weft::runtime::threads::{JoinHandle, try_spawn};

use super::waiting::{TIMEOUT_MAX, seconds, waits};
use crate::gil;

/// Stack that a thread may use, in bytes. With twice as much, browsers' own stacks end first.
pub(crate) const STACK: usize = 250_000;

/// A thread's life.
enum Life {
    NotStarted,
    /// The lane, if it is one of ours; the main thread and those that nobody has started here are not.
    Running(Option<Arc<JoinHandle<()>>>),
    Done,
}

/// `_thread._ThreadHandle`.
#[pyclass(module = "_thread", name = "_ThreadHandle")]
#[derive(PyPayload)]
pub(crate) struct Handle {
    life: Mutex<Life>,
    ident: Mutex<u64>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Handle")
    }
}

impl Handle {
    /// Of a thread that runs already.
    pub(super) fn of(ident: u64) -> Handle {
        Handle { life: Mutex::new(Life::Running(None)), ident: Mutex::new(ident) }
    }

    fn not_started() -> Handle {
        Handle { life: Mutex::new(Life::NotStarted), ident: Mutex::new(0) }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pyclass(with(Constructor, Representable))]
impl Handle {
    #[pygetset]
    fn ident(zelf: &Py<Self>) -> u64 {
        *zelf.ident.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[pymethod]
    fn is_done(zelf: &Py<Self>) -> bool {
        match &*zelf.life() {
            Life::NotStarted => false,
            Life::Running(thread) => thread.as_ref().is_some_and(|thread| !thread.is_alive()),
            Life::Done => true,
        }
    }

    #[pymethod]
    fn _set_done(zelf: &Py<Self>) {
        *zelf.life() = Life::Done;
    }

    /// Waits until the thread is over, for `timeout` seconds at most.
    #[pymethod]
    fn join(zelf: &Py<Self>, timeout: OptionalArg<Option<ArgIntoFloat>>, vm: &VirtualMachine) -> PyResult<()> {
        let timeout = match timeout.flatten().map(ArgIntoFloat::into_float) {
            None => None,
            Some(timeout) if timeout < 0.0 => None,
            Some(timeout) if timeout > TIMEOUT_MAX => return Err(vm.new_overflow_error("timeout value is too large")),
            Some(timeout) => Some(seconds(timeout, vm)?),
        };
        let thread = match &*zelf.life() {
            Life::NotStarted => return Err(vm.new_runtime_error("thread not started")),
            Life::Running(Some(thread)) => thread.clone(),
            Life::Running(None) | Life::Done => return Ok(()),
        };
        if lane::current_thread() == Some(thread.lane()) {
            return Err(vm.new_runtime_error("Cannot join current thread"));
        }
        waits(vm, || thread.wait(timeout));
        Ok(())
    }
}

impl Constructor for Handle {
    type Args = FuncArgs;

    fn py_new(_cls: &Py<PyType>, _args: Self::Args, _vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Handle::not_started())
    }
}

impl Representable for Handle {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        Ok(format!("<{} object: ident={}>", zelf.class().name(), Handle::ident(zelf)))
    }
}

/// Threads that the program waits for at its end.
static NOT_DAEMONS: Mutex<Vec<Arc<JoinHandle<()>>>> = Mutex::new(Vec::new());

/// Waits for the threads that are not daemons, and for those that these start meanwhile.
pub(super) fn join_all(vm: &VirtualMachine) {
    let last = || NOT_DAEMONS.lock().unwrap_or_else(PoisonError::into_inner).pop();
    while let Some(thread) = last() {
        // A thread that waits for others at its own end is none of them.
        if lane::current_thread() != Some(thread.lane()) {
            waits(vm, || thread.wait(None));
        }
    }
}

#[derive(FromArgs)]
pub(super) struct StartArgs {
    #[pyarg(any)]
    function: PyObjectRef,
    #[pyarg(any, optional)]
    handle: OptionalArg<Option<PyRef<Handle>>>,
    #[pyarg(any, default = true)]
    daemon: bool,
}

/// Starts `function()` as a thread of its own, under the name of the `threading.Thread` whose method it is.
pub(super) fn start_joinable_thread(args: StartArgs, vm: &VirtualMachine) -> PyResult<PyRef<Handle>> {
    let StartArgs { function, handle, daemon } = args;
    if !function.is_callable() {
        return Err(vm.new_type_error("thread function must be callable"));
    }
    let handle = handle.flatten().unwrap_or_else(|| Handle::not_started().into_ref(&vm.ctx));
    if !matches!(&*handle.life(), Life::NotStarted) {
        return Err(vm.new_runtime_error("thread already started"));
    }
    let name = thread_name(&function, vm);
    let thread = vm.new_thread();
    let body = {
        let handle = handle.clone();
        move || {
            psm::set_stack_left(STACK);
            thread.run(|vm| {
                let lane = lane::current_id().expect("a thread is a lane");
                gil::attached(lane, || {
                    *handle.ident.lock().unwrap_or_else(PoisonError::into_inner) =
                        rustpython_vm::stdlib::_thread::get_ident();
                    drop(handle);
                    // `threading` reports what goes wrong; what it does not catch is `SystemExit`, which ends a thread
                    // without a word, as in CPython.
                    if let Err(error) = function.call((), vm)
                        && !error.fast_isinstance(vm.ctx.exceptions.system_exit)
                    {
                        vm.run_unraisable(error, Some("Exception ignored in thread".to_owned()), function.clone());
                    }
                    drop(function);
                    rustpython_vm::stdlib::_thread::cleanup_thread_local_data();
                });
                cleanup_current_thread_frames(vm);
            });
        }
    };
    let Some(started) = try_spawn(name, daemon, body) else {
        return Err(vm.new_runtime_error("can't start new thread"));
    };
    let started = Arc::new(started);
    *handle.life() = Life::Running(Some(started.clone()));
    if !daemon {
        NOT_DAEMONS.lock().unwrap_or_else(PoisonError::into_inner).push(started);
    }
    Ok(handle)
}

fn thread_name(function: &PyObjectRef, vm: &VirtualMachine) -> String {
    let of = |object: PyObjectRef, attribute: &'static str| object.get_attr(attribute, vm).ok();
    let name = of(function.clone(), "__self__").and_then(|thread| of(thread, "name"));
    let name = name.or_else(|| of(function.clone(), "__name__"));
    name.and_then(|name| name.downcast::<PyStr>().ok()).map_or_else(|| "thread".to_owned(), |name| name.to_string())
}
