//! Attributes of asyncio's primitives that the trace is told of when they change: asyncio changes them in the middle of
//! its coroutines, where there is no method to put something in the place of.

use std::fmt;

use rustpython_vm::builtins::PyStrRef;
use rustpython_vm::frame::current_code;
use rustpython_vm::function::{FuncArgs, PySetterValue};
use rustpython_vm::types::{Callable, GetDescriptor};
use rustpython_vm::{Py, PyObject, PyObjectRef, PyPayload, PyResult, TryFromObject, VirtualMachine, pyclass};
use weft::runtime::threads::Composite;

use super::whole::{Whole, whole_of};

/// What the value of an attribute means.
#[derive(Clone, Copy)]
enum Means {
    /// Whether the current lane holds the primitive.
    Held,
    /// How many permits there are. A task that waits for one is given it by who releases it.
    Permits,
    /// The primitive's level.
    Level,
}

/// An attribute that is kept in the object's dictionary.
#[pyclass(module = "_weft", name = "Watched")]
#[derive(PyPayload)]
pub(crate) struct Watched {
    name: PyStrRef,
    means: Means,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Watched")
    }
}

impl Watched {
    /// `None` if there is no such meaning.
    pub(super) fn new(name: PyStrRef, means: &str) -> Option<Watched> {
        let means = match means {
            "held" => Means::Held,
            "permits" => Means::Permits,
            "level" => Means::Level,
            _ => return None,
        };
        Some(Watched { name, means })
    }

    fn tell(&self, before: Option<i64>, now: i64, composite: &Composite) {
        match self.means {
            Means::Held => match (before.unwrap_or(0), now) {
                (0, 1) => composite.acquired(),
                (1, 0) => composite.released(),
                _ => {}
            },
            Means::Permits => {
                let within = current_code();
                let within = within.as_ref().map_or("", |code| code.obj_name.as_str());
                match before {
                    Some(before) if now < before && within == "acquire" => composite.acquired(),
                    Some(before) if now > before && within == "release" => composite.released(),
                    _ => {}
                }
                composite.level(now);
            }
            Means::Level => composite.level(now),
        }
    }
}

#[pyclass(with(GetDescriptor))]
impl Watched {
    #[pyslot]
    fn descr_set(zelf: &PyObject, object: PyObjectRef, value: PySetterValue, vm: &VirtualMachine) -> PyResult<()> {
        let zelf = zelf.try_to_ref::<Watched>(vm)?;
        let Some(attributes) = object.dict() else { return Err(zelf.missing(vm)) };
        let PySetterValue::Assign(value) = value else { return attributes.del_item(&*zelf.name, vm) };
        let Some(whole) = whole_of(&object, vm) else { return attributes.set_item(&*zelf.name, value, vm) };
        let number = |value: PyObjectRef| i64::try_from_object(vm, value).ok();
        let before = attributes.get_item_opt(&*zelf.name, vm)?.and_then(number);
        attributes.set_item(&*zelf.name, value.clone(), vm)?;
        if let Some(now) = number(value) {
            zelf.tell(before, now, &whole.composite);
        }
        Ok(())
    }

    fn missing(&self, vm: &VirtualMachine) -> rustpython_vm::builtins::PyBaseExceptionRef {
        vm.new_attribute_error(format!("there is no attribute '{}'", self.name))
    }
}

impl GetDescriptor for Watched {
    fn descr_get(zelf: &PyObject, obj: Option<&PyObject>, _cls: Option<&PyObject>, vm: &VirtualMachine) -> PyResult {
        let Some(object) = obj.filter(|object| !vm.is_none(object)) else { return Ok(zelf.to_owned()) };
        let zelf: &Py<Watched> = zelf.try_to_ref(vm)?;
        let value = match object.dict() {
            Some(attributes) => attributes.get_item_opt(&*zelf.name, vm)?,
            None => None,
        };
        value.ok_or_else(|| zelf.missing(vm))
    }
}

/// Tells that the level of a primitive is the length of one of its attributes. It is called with the object and its whole.
#[pyclass(module = "_weft", name = "Length")]
#[derive(PyPayload)]
pub(crate) struct Length {
    name: PyStrRef,
}

impl fmt::Debug for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Length")
    }
}

impl Length {
    pub(super) fn new(name: PyStrRef) -> Length {
        Length { name }
    }
}

#[pyclass(with(Callable))]
impl Length {}

impl Callable for Length {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        if let [object, whole, ..] = &args.args[..] {
            let whole: &Py<Whole> = whole.try_to_ref(vm)?;
            whole.composite.level(object.get_attr(&*zelf.name, vm)?.length(vm)? as i64);
        }
        Ok(vm.ctx.none())
    }
}
