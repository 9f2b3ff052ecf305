//! `_weft`: what `lib/weft_setup.py` puts in the place of the stock modules' functions.

use rustpython_vm::pymodule;

pub(crate) use _weft::module_def;

#[pymodule]
mod _weft {
    use rustpython_vm::builtins::{PyBaseExceptionRef, PyStrRef, PyTypeRef};
    use rustpython_vm::class::PyClassImpl;
    use rustpython_vm::function::{ArgIntoFloat, OptionalArg};
    use rustpython_vm::{PyObjectRef, PyRef, PyResult, TryFromObject, VirtualMachine};
    use weft::runtime::threads::Gil;
    use weft::runtime::{self, lane, threads};
    use weft::trace::ResourceKind;

    use crate::{errors, gil, reader};

    use super::super::callbacks::Callbacks;
    use super::super::handles::{self, Handle, StartArgs};
    use super::super::locks::{PyLock, PyRLock};
    use super::super::output::Output;
    use super::super::scheduling::CallSoon;
    use super::super::tasks;
    use super::super::waiting::{TIMEOUT_MAX as LONGEST, seconds, waits};
    use super::super::watched::{Length, Watched};
    use super::super::whole::{Method, Whole};

    #[pyattr]
    fn lock(_vm: &VirtualMachine) -> PyTypeRef {
        PyLock::make_static_type()
    }

    #[pyattr(name = "RLock")]
    fn rlock(_vm: &VirtualMachine) -> PyTypeRef {
        PyRLock::make_static_type()
    }

    #[pyattr(name = "_ThreadHandle")]
    fn handle(_vm: &VirtualMachine) -> PyTypeRef {
        Handle::make_static_type()
    }

    #[pyattr(name = "Output")]
    fn output(_vm: &VirtualMachine) -> PyTypeRef {
        Output::make_static_type()
    }

    #[pyattr(name = "Callbacks")]
    fn callbacks(_vm: &VirtualMachine) -> PyTypeRef {
        Callbacks::make_static_type()
    }

    #[pyattr(name = "CallSoon")]
    fn call_soon_type(_vm: &VirtualMachine) -> PyTypeRef {
        CallSoon::make_static_type()
    }

    #[pyattr(name = "TaskLane")]
    fn task_lane(_vm: &VirtualMachine) -> PyTypeRef {
        tasks::TaskLane::make_static_type()
    }

    #[pyattr(name = "Method")]
    fn method(_vm: &VirtualMachine) -> PyTypeRef {
        Method::make_static_type()
    }

    #[pyattr(name = "Watched")]
    fn watched_type(_vm: &VirtualMachine) -> PyTypeRef {
        Watched::make_static_type()
    }

    #[pyattr(name = "Length")]
    fn length_type(_vm: &VirtualMachine) -> PyTypeRef {
        Length::make_static_type()
    }

    #[pyattr(name = "Whole")]
    fn whole(_vm: &VirtualMachine) -> PyTypeRef {
        Whole::make_static_type()
    }

    #[pyattr]
    const TIMEOUT_MAX: f64 = LONGEST;

    #[pyfunction]
    fn allocate_lock(vm: &VirtualMachine) -> PyLock {
        PyLock::new(vm)
    }

    #[pyfunction]
    fn start_joinable_thread(args: StartArgs, vm: &VirtualMachine) -> PyResult<PyRef<Handle>> {
        handles::start_joinable_thread(args, vm)
    }

    #[pyfunction]
    fn _make_thread_handle(ident: u64) -> Handle {
        Handle::of(ident)
    }

    /// Waits for all threads that are not daemons.
    #[pyfunction]
    fn _shutdown(vm: &VirtualMachine) {
        handles::join_all(vm);
    }

    /// The number of the current thread's lane.
    #[pyfunction]
    fn get_native_id() -> u32 {
        lane::current_thread().map_or(0, |lane| lane.0)
    }

    /// A stream to the console.
    #[pyfunction]
    fn console(name: String) -> Output {
        if name == "<stderr>" { Output::of_errors() } else { Output::of_lines() }
    }

    /// `time.sleep`.
    #[pyfunction]
    fn sleep(length: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<()> {
        let length = length.into_float();
        if length.is_nan() {
            return Err(vm.new_value_error("Invalid value NaN (not a number)"));
        }
        if length < 0.0 {
            return Err(vm.new_value_error("sleep length must be non-negative"));
        }
        let duration = seconds(length, vm)?;
        waits(vm, || threads::sleep(duration));
        Ok(())
    }

    /// Nanoseconds since the run began; 0 outside one.
    #[pyfunction]
    fn now() -> u64 {
        lane::current_id().map_or(0, |_| runtime::now().0)
    }

    /// A line that the reader types; `None` at the end of the input.
    #[pyfunction]
    fn read_line(prompt: String, vm: &VirtualMachine) -> Option<String> {
        waits(vm, || threads::read_line(&prompt))
    }

    /// Whether there is a GIL.
    #[pyfunction]
    fn is_gil_enabled() -> bool {
        gil::of_run().is_some_and(Gil::is_on)
    }

    /// How long a thread waits for the GIL before it asks for it, in seconds.
    #[pyfunction]
    fn set_switch_interval(interval: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<()> {
        let interval = seconds(interval.into_float(), vm)?;
        if let Some(gil) = gil::of_run() {
            gil.set_interval(interval);
        }
        Ok(())
    }

    /// How many threads can run at the same time.
    #[pyfunction]
    fn cores() -> usize {
        runtime::host::cores()
    }

    /// As a finder of modules: raises what `weft_absent` says of this one. Native, so that it is in no traceback.
    #[pyfunction]
    fn find_absent(name: PyStrRef, _path: OptionalArg, _target: OptionalArg, vm: &VirtualMachine) -> PyResult {
        let said = vm.import("weft_absent", 0)?.get_attr("said_of", vm)?.call((name,), vm)?;
        if vm.is_none(&said) { Ok(said) } else { Err(PyBaseExceptionRef::try_from_object(vm, said)?) }
    }

    /// An exception with its traceback and causes, as the interpreter prints it. The library's own `traceback` would have
    /// to be imported first, which takes most of a second.
    #[pyfunction]
    fn formatted(error: PyBaseExceptionRef, vm: &VirtualMachine) -> String {
        errors::formatted(&error, vm)
    }

    /// The current lane has failed with this error, which ends it.
    #[pyfunction]
    fn failed(message: String) {
        lane::failed(message);
    }

    /// A method that makes a resource of this kind of the object, if the reader's own code has called it, or a library
    /// for it where that is wanted, too.
    #[pyfunction]
    fn makes(
        original: PyObjectRef,
        kind: String,
        after: OptionalArg<PyObjectRef>,
        also_in_libraries: OptionalArg<bool>,
        vm: &VirtualMachine,
    ) -> PyResult<Method> {
        let after = after.into_option().filter(|after| !vm.is_none(after));
        Ok(Method::makes(original, kind_called(&kind, vm)?, after, also_in_libraries.unwrap_or(false)))
    }

    /// A method of which what it returns becomes a resource of this kind, if the reader's own code has called it.
    #[pyfunction]
    fn gives(original: PyObjectRef, kind: String, vm: &VirtualMachine) -> PyResult<Method> {
        Ok(Method::gives(original, kind_called(&kind, vm)?))
    }

    /// Makes a resource of this kind and name of an object, if the reader's code has led here.
    #[pyfunction]
    fn call(object: PyObjectRef, kind: String, name: String, vm: &VirtualMachine) -> PyResult<()> {
        let kind = kind_called(&kind, vm)?;
        if reader::has_led_here(vm) {
            Whole::make(&object, kind, name, vm)?;
        }
        Ok(())
    }

    fn kind_called(name: &str, vm: &VirtualMachine) -> PyResult<ResourceKind> {
        let kind = ResourceKind::ALL.iter().find(|kind| kind.name() == name);
        kind.copied().ok_or_else(|| vm.new_value_error(format!("there is no kind of resource called {name}")))
    }

    /// An attribute that the trace is told of when it changes.
    #[pyfunction]
    fn watched(name: PyStrRef, means: String, vm: &VirtualMachine) -> PyResult<Watched> {
        Watched::new(name, &means).ok_or_else(|| vm.new_value_error(format!("no attribute can mean {means}")))
    }

    /// A method whose waits are for the whole object.
    #[pyfunction]
    fn within(original: PyObjectRef, after: OptionalArg<PyObjectRef>) -> Method {
        Method::within(original, after.into_option())
    }

    /// A quicker `call_soon`, which makes handles of this class.
    #[pyfunction]
    fn quick_call_soon(
        original: PyObjectRef,
        class: PyObjectRef,
        copy_context: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<CallSoon> {
        CallSoon::new(original, class, copy_context, vm)
    }

    /// Tells that a primitive's level is the length of this attribute.
    #[pyfunction]
    fn length(name: PyStrRef) -> Length {
        Length::new(name)
    }

    /// A task of asyncio will not be stepped any more.
    #[pyfunction]
    fn abandon(task: PyObjectRef, vm: &VirtualMachine) {
        tasks::abandon(&task, vm);
    }
}
