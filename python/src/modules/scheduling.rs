//! `call_soon` of an event loop of asyncio, which everything that wakes a task goes through: in CPython's words it is four
//! functions of Python.

use std::fmt;

use rustpython_vm::builtins::PyBoundMethod;
use rustpython_vm::function::FuncArgs;
use rustpython_vm::types::{Callable, GetDescriptor};
use rustpython_vm::{Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine, pyclass};

use super::callbacks::Callbacks;

/// Takes the place of `BaseEventLoop.call_soon`, which it calls in debug mode, and when something is wrong.
#[pyclass(module = "_weft", name = "CallSoon")]
#[derive(PyPayload)]
pub(crate) struct CallSoon {
    original: PyObjectRef,
    /// `asyncio.Handle`, and what makes one without its `__init__`.
    class: PyObjectRef,
    new: PyObjectRef,
    copy_context: PyObjectRef,
}

impl fmt::Debug for CallSoon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("CallSoon")
    }
}

impl CallSoon {
    pub(super) fn new(
        original: PyObjectRef,
        class: PyObjectRef,
        copy_context: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<CallSoon> {
        let new = class.get_attr("__new__", vm)?;
        Ok(CallSoon { original, class, new, copy_context })
    }

    /// What `Handle.__init__` does.
    fn handle(
        &self,
        event_loop: PyObjectRef,
        context: PyObjectRef,
        callback: PyObjectRef,
        args: Vec<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let handle = self.new.call((self.class.clone(),), vm)?;
        handle.set_attr("_context", context, vm)?;
        handle.set_attr("_loop", event_loop, vm)?;
        handle.set_attr("_callback", callback, vm)?;
        handle.set_attr("_args", vm.ctx.new_tuple(args), vm)?;
        handle.set_attr("_cancelled", vm.ctx.new_bool(false), vm)?;
        handle.set_attr("_repr", vm.ctx.none(), vm)?;
        handle.set_attr("_source_traceback", vm.ctx.none(), vm)?;
        Ok(handle)
    }
}

#[pyclass(with(Callable, GetDescriptor))]
impl CallSoon {}

impl Callable for CallSoon {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, mut args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let Some(event_loop) = args.args.first().filter(|_| args.args.len() > 1).cloned() else {
            return zelf.original.call(args, vm);
        };
        let is = |attribute: &'static str| event_loop.get_attr(attribute, vm)?.try_to_bool(vm);
        if is("_debug")? || is("_closed")? {
            return zelf.original.call(args, vm);
        }
        let ready = event_loop.get_attr("_ready", vm)?;
        let ready: &Py<Callbacks> = ready.try_to_ref(vm)?;
        let context = match args.take_keyword("context").filter(|context| !vm.is_none(context)) {
            Some(context) => context,
            None => zelf.copy_context.call((), vm)?,
        };
        if let Some(error) = args.check_kwargs_empty(vm) {
            return Err(error);
        }
        let mut args = args.args.into_iter().skip(1);
        let callback = args.next().expect("there were two");
        let handle = zelf.handle(event_loop.clone(), context, callback, args.collect(), vm)?;
        Callbacks::append(ready, handle.clone(), vm)?;
        Ok(handle)
    }
}

impl GetDescriptor for CallSoon {
    fn descr_get(zelf: &PyObject, obj: Option<&PyObject>, _cls: Option<&PyObject>, vm: &VirtualMachine) -> PyResult {
        Ok(match obj {
            Some(object) if !vm.is_none(object) => {
                PyBoundMethod::new(object.to_owned(), zelf.to_owned()).into_ref(&vm.ctx).into()
            }
            _ => zelf.to_owned(),
        })
    }
}
