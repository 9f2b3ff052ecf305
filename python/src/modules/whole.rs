//! What tells the trace of the primitives that the library makes of locks: a queue, an event, a semaphore. What a lane
//! waits for inside one of their methods is recorded as a wait for the whole, under the reader's name for it.

use std::fmt;

use rustpython_vm::builtins::PyBoundMethod;
use rustpython_vm::function::FuncArgs;
use rustpython_vm::types::{Callable, GetDescriptor};
use rustpython_vm::{Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, TryFromObject, VirtualMachine, pyclass};
use weft::runtime::threads::Composite;
use weft::trace::{ResourceKind, Target};

use crate::reader::{self, name_of};

/// The attribute in which an object keeps its [`Whole`].
pub(super) const ATTRIBUTE: &str = "_weft";

/// A primitive of the library, as the trace knows it.
#[pyclass(module = "_weft", name = "Whole")]
#[derive(PyPayload)]
pub(crate) struct Whole {
    pub(super) composite: Composite,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Whole")
    }
}

impl Whole {
    /// Makes an object a resource of this kind.
    pub(super) fn make(object: &PyObject, kind: ResourceKind, name: String, vm: &VirtualMachine) -> PyResult<Target> {
        let whole = Whole { composite: Composite::new(kind, name) }.into_ref(&vm.ctx);
        let target = whole.composite.target();
        object.set_attr(ATTRIBUTE, whole, vm)?;
        Ok(target)
    }
}

#[pyclass]
impl Whole {
    /// Its level is this from now on.
    #[pymethod]
    fn level(zelf: &Py<Self>, value: i64) {
        zelf.composite.level(value);
    }

    /// The current lane holds it, or one of its permits.
    #[pymethod]
    fn acquired(zelf: &Py<Self>) {
        zelf.composite.acquired();
    }

    /// The current lane no longer holds it, or one of its permits.
    #[pymethod]
    fn released(zelf: &Py<Self>) {
        zelf.composite.released();
    }
}

/// What happens around a method.
enum Role {
    /// It makes the whole, if the reader's own code has called it.
    Makes(ResourceKind),
    /// The same, also if a library has called it for the reader's code.
    MakesFor(ResourceKind),
    /// What it returns is the whole, if the reader's own code has called it.
    Gives(ResourceKind),
    /// Its waits are for the whole.
    Within,
}

/// Takes the place of a method, which it calls. Native, so that it is in no traceback.
#[pyclass(module = "_weft", name = "Method")]
#[derive(PyPayload)]
pub(crate) struct Method {
    original: PyObjectRef,
    role: Role,
    /// Called with the object afterwards, if it is a whole: what the trace is to be told then.
    after: Option<PyObjectRef>,
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Method")
    }
}

impl Method {
    pub(super) fn makes(
        original: PyObjectRef,
        kind: ResourceKind,
        after: Option<PyObjectRef>,
        also_in_libraries: bool,
    ) -> Method {
        let role = if also_in_libraries { Role::MakesFor(kind) } else { Role::Makes(kind) };
        Method { original, role, after }
    }

    pub(super) fn gives(original: PyObjectRef, kind: ResourceKind) -> Method {
        Method { original, role: Role::Gives(kind), after: None }
    }

    pub(super) fn within(original: PyObjectRef, after: Option<PyObjectRef>) -> Method {
        Method { original, role: Role::Within, after }
    }
}

#[pyclass(with(Callable, GetDescriptor))]
impl Method {
    #[pygetset]
    fn __wrapped__(zelf: &Py<Self>) -> PyObjectRef {
        zelf.original.clone()
    }

    #[pygetset]
    fn __doc__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.original.get_attr("__doc__", vm)
    }

    #[pygetset]
    fn __name__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.original.get_attr("__name__", vm)
    }

    #[pygetset]
    fn __qualname__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.original.get_attr("__qualname__", vm)
    }

    #[pygetset]
    fn __module__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.original.get_attr("__module__", vm)
    }
}

impl Callable for Method {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let Some(object) = args.args.first().cloned() else { return zelf.original.call(args, vm) };
        let made = match zelf.role {
            Role::Makes(kind) => reader::runs_now(vm).then_some(kind),
            Role::MakesFor(kind) => reader::has_led_here(vm).then_some(kind),
            Role::Gives(kind) if reader::runs_now(vm) => {
                let given = zelf.original.call(args, vm)?;
                Whole::make(&given, kind, name_of(kind.name(), vm), vm)?;
                return Ok(given);
            }
            Role::Gives(_) | Role::Within => None,
        };
        if let Some(kind) = made {
            Whole::make(&object, kind, name_of(kind.name(), vm), vm)?;
        }
        let is_within = matches!(zelf.role, Role::Within);
        let whole = is_within.then(|| whole_of(&object, vm)).flatten();
        let result = match &whole {
            Some(whole) => whole.composite.within(|| zelf.original.call(args, vm)),
            None => zelf.original.call(args, vm),
        }?;
        if let (Some(after), Some(whole)) = (&zelf.after, whole_of(&object, vm)) {
            after.call((object, whole, result.clone()), vm)?;
        }
        Ok(result)
    }
}

pub(super) fn whole_of(object: &PyObject, vm: &VirtualMachine) -> Option<PyRef<Whole>> {
    let whole = object.dict()?.get_item_opt(ATTRIBUTE, vm).ok()??;
    TryFromObject::try_from_object(vm, whole).ok()
}

impl GetDescriptor for Method {
    fn descr_get(zelf: &PyObject, obj: Option<&PyObject>, _cls: Option<&PyObject>, vm: &VirtualMachine) -> PyResult {
        Ok(match obj {
            Some(object) if !vm.is_none(object) => {
                PyBoundMethod::new(object.to_owned(), zelf.to_owned()).into_ref(&vm.ctx).into()
            }
            _ => zelf.to_owned(),
        })
    }
}
