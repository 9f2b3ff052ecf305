//! `_thread.lock` and `_thread.RLock`. One that the reader's own code makes is a resource of the trace, under its name;
//! one that a library makes for itself is a part of something else.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rustpython_vm::builtins::{PyTupleRef, PyType};
use rustpython_vm::function::{FuncArgs, TimeoutSeconds};
use rustpython_vm::types::{Constructor, Representable};
use rustpython_vm::{AsObject, FromArgs, Py, PyPayload, PyResult, VirtualMachine, pyclass};
use weft::runtime::threads::{InnerLock, Lock, RLock};

use super::waiting::{TIMEOUT_MAX, seconds, waits};
use crate::reader::named;

#[derive(FromArgs)]
pub(super) struct AcquireArgs {
    #[pyarg(any, default = true)]
    blocking: bool,
    #[pyarg(any, default = TimeoutSeconds::new(-1.0))]
    timeout: TimeoutSeconds,
}

impl AcquireArgs {
    /// How long to wait; `None` for as long as it takes.
    fn timeout(&self, vm: &VirtualMachine) -> PyResult<Option<Duration>> {
        let timeout = self.timeout.to_secs_f64();
        if !self.blocking {
            if timeout != -1.0 {
                return Err(vm.new_value_error("can't specify a timeout for a non-blocking call"));
            }
            return Ok(Some(Duration::ZERO));
        }
        if timeout == -1.0 {
            return Ok(None);
        }
        if timeout < 0.0 {
            return Err(vm.new_value_error("timeout value must be a non-negative number"));
        }
        if timeout > TIMEOUT_MAX {
            return Err(vm.new_overflow_error("timeout value is too large"));
        }
        seconds(timeout, vm).map(Some)
    }
}

/// A lock, with or without a place in the trace.
enum Inside {
    Named(Lock),
    Inner(InnerLock),
}

impl Inside {
    fn new(vm: &VirtualMachine) -> Inside {
        match named("lock", vm) {
            Some(name) => Inside::Named(Lock::new(name)),
            None => Inside::Inner(InnerLock::new()),
        }
    }

    fn acquire(&self, timeout: Option<Duration>, vm: &VirtualMachine) -> bool {
        let taken = match self {
            Inside::Named(lock) => lock.try_acquire(),
            Inside::Inner(lock) => lock.try_acquire(),
        };
        taken
            || timeout != Some(Duration::ZERO)
                && waits(vm, || match (self, timeout) {
                    (Inside::Named(lock), None) => {
                        lock.acquire();
                        true
                    }
                    (Inside::Named(lock), Some(timeout)) => lock.acquire_timeout(timeout),
                    (Inside::Inner(lock), timeout) => lock.acquire(timeout),
                })
    }

    fn release(&self) -> bool {
        match self {
            // What the trace would be told of a mistake, the exception says.
            Inside::Named(lock) => lock.locked() && lock.release().is_ok(),
            Inside::Inner(lock) => lock.release(),
        }
    }

    fn is_held(&self) -> bool {
        match self {
            Inside::Named(lock) => lock.locked(),
            Inside::Inner(lock) => lock.is_held(),
        }
    }
}

#[pyclass(module = "_thread", name = "lock")]
#[derive(PyPayload)]
pub(crate) struct PyLock {
    inside: Inside,
}

impl fmt::Debug for PyLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("PyLock")
    }
}

impl PyLock {
    pub(super) fn new(vm: &VirtualMachine) -> PyLock {
        PyLock { inside: Inside::new(vm) }
    }
}

#[pyclass(with(Constructor, Representable), flags(HAS_WEAKREF))]
impl PyLock {
    #[pymethod]
    #[pymethod(name = "acquire_lock")]
    fn acquire(zelf: &Py<Self>, args: AcquireArgs, vm: &VirtualMachine) -> PyResult<bool> {
        Ok(zelf.inside.acquire(args.timeout(vm)?, vm))
    }

    #[pymethod]
    fn __enter__(zelf: &Py<Self>, vm: &VirtualMachine) -> bool {
        zelf.inside.acquire(None, vm)
    }

    #[pymethod]
    #[pymethod(name = "release_lock")]
    fn release(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
        if zelf.inside.release() { Ok(()) } else { Err(vm.new_runtime_error("release unlocked lock")) }
    }

    #[pymethod]
    fn __exit__(zelf: &Py<Self>, _error: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
        Self::release(zelf, vm)
    }

    #[pymethod]
    #[pymethod(name = "locked_lock")]
    fn locked(zelf: &Py<Self>) -> bool {
        zelf.inside.is_held()
    }

    #[pymethod]
    fn _at_fork_reinit(_zelf: &Py<Self>) {}
}

impl Constructor for PyLock {
    type Args = ();

    fn py_new(_cls: &Py<PyType>, (): Self::Args, vm: &VirtualMachine) -> PyResult<Self> {
        Ok(PyLock::new(vm))
    }
}

impl Representable for PyLock {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        let state = if zelf.inside.is_held() { "locked" } else { "unlocked" };
        Ok(format!("<{state} {} object at {:#x}>", zelf.class().name(), zelf.get_id()))
    }
}

/// A lock that its owner can take again.
enum Again {
    Named(RLock),
    Inner(InnerLock),
}

#[pyclass(module = "_thread", name = "RLock")]
#[derive(PyPayload)]
pub(crate) struct PyRLock {
    inside: Again,
    /// The thread that holds it, or 0.
    owner: AtomicU64,
    /// How many times. Only the owner writes it.
    count: AtomicUsize,
}

impl fmt::Debug for PyRLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("PyRLock")
    }
}

impl PyRLock {
    fn is_mine(&self) -> bool {
        self.owner.load(Relaxed) == rustpython_vm::stdlib::_thread::get_ident()
    }

    fn take(&self, timeout: Option<Duration>, vm: &VirtualMachine) -> bool {
        let mine = self.is_mine();
        let taken = match &self.inside {
            Again::Named(lock) => {
                lock.try_acquire()
                    || timeout != Some(Duration::ZERO)
                        && waits(vm, || match timeout {
                            None => {
                                lock.acquire();
                                true
                            }
                            Some(timeout) => lock.acquire_timeout(timeout),
                        })
            }
            Again::Inner(_) if mine => true,
            Again::Inner(lock) => {
                lock.try_acquire() || timeout != Some(Duration::ZERO) && waits(vm, || lock.acquire(timeout))
            }
        };
        if taken {
            self.owner.store(rustpython_vm::stdlib::_thread::get_ident(), Relaxed);
            self.count.fetch_add(1, Relaxed);
        }
        taken
    }

    fn give(&self, vm: &VirtualMachine) -> PyResult<()> {
        if !self.is_mine() {
            return Err(vm.new_runtime_error("cannot release un-acquired lock"));
        }
        let last = self.count.fetch_sub(1, Relaxed) == 1;
        if last {
            self.owner.store(0, Relaxed);
        }
        match &self.inside {
            Again::Named(lock) => drop(lock.release()),
            Again::Inner(lock) if last => drop(lock.release()),
            Again::Inner(_) => {}
        }
        Ok(())
    }
}

#[pyclass(with(Constructor, Representable), flags(BASETYPE, HAS_WEAKREF))]
impl PyRLock {
    #[pymethod]
    #[pymethod(name = "acquire_lock")]
    fn acquire(zelf: &Py<Self>, args: AcquireArgs, vm: &VirtualMachine) -> PyResult<bool> {
        Ok(zelf.take(args.timeout(vm)?, vm))
    }

    #[pymethod]
    fn __enter__(zelf: &Py<Self>, vm: &VirtualMachine) -> bool {
        zelf.take(None, vm)
    }

    #[pymethod]
    #[pymethod(name = "release_lock")]
    fn release(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
        zelf.give(vm)
    }

    #[pymethod]
    fn __exit__(zelf: &Py<Self>, _error: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
        zelf.give(vm)
    }

    #[pymethod]
    fn locked(zelf: &Py<Self>) -> bool {
        zelf.count.load(Relaxed) > 0
    }

    #[pymethod]
    fn _is_owned(zelf: &Py<Self>) -> bool {
        zelf.is_mine()
    }

    #[pymethod]
    fn _recursion_count(zelf: &Py<Self>) -> usize {
        if zelf.is_mine() { zelf.count.load(Relaxed) } else { 0 }
    }

    /// Releases it as often as it is held, for `Condition.wait`.
    #[pymethod]
    fn _release_save(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<(usize, u64)> {
        let (count, owner) = (zelf.count.load(Relaxed), zelf.owner.load(Relaxed));
        zelf.give(vm)?;
        for _ in 1..count {
            zelf.give(vm)?;
        }
        Ok((count, owner))
    }

    #[pymethod]
    fn _acquire_restore(zelf: &Py<Self>, state: PyTupleRef, vm: &VirtualMachine) -> PyResult<()> {
        let [count, _owner] = state.as_slice() else {
            return Err(vm.new_type_error("_acquire_restore() argument 1 must be a 2-item tuple"));
        };
        let count: usize = count.clone().try_into_value(vm)?;
        for _ in 0..count {
            zelf.take(None, vm);
        }
        Ok(())
    }

    #[pymethod]
    fn _at_fork_reinit(_zelf: &Py<Self>) {}
}

impl Constructor for PyRLock {
    type Args = FuncArgs;

    fn py_new(_cls: &Py<PyType>, _args: Self::Args, vm: &VirtualMachine) -> PyResult<Self> {
        let inside = match named("rlock", vm) {
            Some(name) => Again::Named(RLock::new(name)),
            None => Again::Inner(InnerLock::new()),
        };
        Ok(PyRLock { inside, owner: AtomicU64::new(0), count: AtomicUsize::new(0) })
    }
}

impl Representable for PyRLock {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        let (count, owner) = (zelf.count.load(Relaxed), zelf.owner.load(Relaxed));
        let state = if count > 0 { "locked" } else { "unlocked" };
        Ok(format!("<{state} {} object owner={owner} count={count} at {:#x}>", zelf.class().name(), zelf.get_id()))
    }
}
