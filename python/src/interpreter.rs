//! Starts RustPython, and runs a reader's program as the main lane of a run.
//!
//! There is one interpreter in a process of the operating system or instance of the module, and it runs one program.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::compiler::Mode;
use rustpython_vm::frozen::FrozenLib;
use rustpython_vm::scope::Scope;
use rustpython_vm::stdlib::_thread::cleanup_thread_local_data;
use rustpython_vm::vm::thread::cleanup_current_thread_frames;
use rustpython_vm::{AsObject, Interpreter, PyResult, Settings, VirtualMachine};
use weft::program::ExitReport;
use weft::runtime::lane;

use crate::modules::STACK;
use crate::{errors, gil, modules, reader};

/// Modules of the standard library that do not work here; the library has Python of its own for them.
const ABSENT: [&str; 1] = ["_queue"];

/// The library, which `build.rs` has compiled.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library"));

/// The interpreter, once it is made. It is used by one thread at a time: that which has made it, and then the main lane.
static INTERPRETER: OnceLock<Shared> = OnceLock::new();

struct Shared(Interpreter);

// SAFETY: only `prepare` and `run` use it, one after the other: `prepare` returns before a program runs, and `TAKEN`
// lets one `run` have it. What threads share of it is made for that.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Makes the interpreter, so that a run starts at once. Without it a run does it first.
pub fn prepare() {
    INTERPRETER.get_or_init(|| {
        psm::set_stack_left(STACK);
        Shared(make())
    });
}

fn make() -> Interpreter {
    gil::install();
    modules::observe();
    let mut settings = Settings::default();
    settings.import_site = false;
    settings.write_bytecode = false;
    let builder = Interpreter::builder(settings);
    let mut ours = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    ours.retain(|module| !ABSENT.contains(&module.name.as_str()));
    ours.push(modules::module_def(&builder.ctx));
    ours.push(modules::files_module_def(&builder.ctx));
    ours.push(modules::http_module_def(&builder.ctx));
    let builder = builder.add_native_modules(&ours).add_frozen_modules(FrozenLib::from_ref(LIBRARY));
    let interpreter = builder.build();
    interpreter.enter(|vm| {
        if let Err(error) = vm.import("weft_setup", 0) {
            panic!("{}", errors::formatted(&error, vm));
        }
    });
    interpreter
}

/// Runs a program on the current lane, the main one, and waits for its threads.
pub(crate) fn run(source: &str, with_gil: bool) -> ExitReport {
    prepare();
    let Shared(interpreter) = INTERPRETER.get().expect("it was made just now");
    assert!(!TAKEN.swap(true, SeqCst), "an interpreter runs one program");
    psm::set_stack_left(STACK);
    let lane = lane::current_id().expect("a program runs on a lane");
    let thread = interpreter.enter(|vm| vm.new_thread());
    gil::make(with_gil).run(|| {
        thread.run(|vm| {
            let result = gil::attached(lane, || program(source, vm));
            cleanup_current_thread_frames(vm);
            result
        })
    })
}

fn program(source: &str, vm: &VirtualMachine) -> ExitReport {
    reader::read(source);
    let result = main(source, vm);
    // Also after an error Python waits for the threads that are left.
    let ended = call(vm, "finish", ());
    let report = result.and(ended).err().map(|error| exit_report(&error, vm)).unwrap_or_default();
    cleanup_thread_local_data();
    report
}

/// How the exception that has ended a program ends it.
fn exit_report(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> ExitReport {
    if !error.fast_isinstance(vm.ctx.exceptions.system_exit) {
        return ExitReport { code: 1, error: Some(errors::report(error, vm)) };
    }
    let code = error.as_object().get_attr("code", vm).ok().filter(|code| !vm.is_none(code));
    // What is no number was printed.
    ExitReport { code: code.map_or(0, |code| code.try_into_value(vm).unwrap_or(1)), error: None }
}

fn main(source: &str, vm: &VirtualMachine) -> PyResult<()> {
    call(vm, "begin", ())?;
    let result = compiled_and_run(source, vm);
    if let Err(error) = &result {
        call(vm, "report", (error.clone(),))?;
    }
    result
}

fn compiled_and_run(source: &str, vm: &VirtualMachine) -> PyResult<()> {
    let scope: Scope = vm.new_scope_with_main()?;
    scope.globals.set_item("__file__", vm.ctx.new_str(reader::FILE).into(), vm)?;
    let code =
        vm.compile(source, Mode::Exec, reader::FILE).map_err(|error| error.into_pyexception(vm, Some(source)))?;
    reader::read_text(source);
    vm.run_code_obj(code, scope).map(drop)
}

/// Calls a function of `weft_setup`.
fn call(vm: &VirtualMachine, function: &'static str, args: impl rustpython_vm::function::IntoFuncArgs) -> PyResult<()> {
    vm.import("weft_setup", 0)?.get_attr(function, vm)?.call(args, vm).map(drop)
}
