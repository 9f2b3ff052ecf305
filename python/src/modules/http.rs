//! `_http`: requests, whose responses a thread waits for, or an event loop. `requests`, `urllib.request` and `aiohttp` stand
//! on it.

use rustpython_vm::pymodule;

pub(crate) use _http::module_def;

#[pymodule]
mod _http {
    use std::fmt;
    use std::sync::Arc;
    use std::time::Duration;

    use rustpython_vm::builtins::{PyBaseExceptionRef, PyBytesRef};
    use rustpython_vm::function::ArgIntoFloat;
    use rustpython_vm::{FromArgs, Py, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine, pyclass};
    use weft::runtime::host::{Exchange, Request, carry_out, is_answered_here};
    use weft::runtime::lane;
    use weft::runtime::threads::http::{self, Trouble};

    use super::super::callbacks::Callbacks;
    use super::super::waiting::{seconds, waits};

    /// A response whose head has come.
    #[pyattr]
    #[pyclass(module = "_http", name = "Response")]
    #[derive(PyPayload)]
    pub(super) struct Response(http::Response);

    impl fmt::Debug for Response {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.pad("Response")
        }
    }

    /// A request whose response an event loop waits for.
    #[pyattr]
    #[pyclass(module = "_http", name = "Pending")]
    #[derive(PyPayload)]
    pub(super) struct Pending(Arc<Exchange>);

    impl fmt::Debug for Pending {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.pad("Pending")
        }
    }

    impl Drop for Pending {
        fn drop(&mut self) {
            self.0.give_up();
        }
    }

    /// What a pending request gives while nothing has come.
    #[pyattr(name = "NOT_YET")]
    fn not_yet(vm: &VirtualMachine) -> PyObjectRef {
        vm.ctx.not_implemented()
    }

    #[derive(FromArgs)]
    struct BeginArgs {
        #[pyarg(positional)]
        method: String,
        #[pyarg(positional)]
        url: String,
        /// Names and values in turn.
        #[pyarg(positional)]
        headers: Vec<String>,
        #[pyarg(positional)]
        body: Option<PyBytesRef>,
        #[pyarg(positional)]
        redirects: bool,
        /// What the loop's thread sleeps in.
        #[pyarg(positional)]
        callbacks: PyRef<Callbacks>,
    }

    #[derive(FromArgs)]
    struct SendArgs {
        #[pyarg(positional)]
        method: String,
        #[pyarg(positional)]
        url: String,
        /// Names and values in turn.
        #[pyarg(positional)]
        headers: Vec<String>,
        #[pyarg(positional)]
        body: Option<PyBytesRef>,
        #[pyarg(positional)]
        timeout: Option<ArgIntoFloat>,
        #[pyarg(positional)]
        redirects: bool,
    }

    fn limit(timeout: Option<ArgIntoFloat>, vm: &VirtualMachine) -> PyResult<Option<Duration>> {
        timeout.map(|timeout| seconds(timeout.into_float(), vm)).transpose()
    }

    /// `TimeoutError`, or `ConnectionError` with what is wrong.
    fn error(trouble: Trouble, vm: &VirtualMachine) -> PyBaseExceptionRef {
        let kinds = &vm.ctx.exceptions;
        let (kind, text) = match trouble {
            Trouble::Late => (kinds.timeout_error, "timed out".to_owned()),
            Trouble::Failed(sentence) => (kinds.connection_error, sentence),
        };
        match vm.invoke_exception(kind, vec![vm.ctx.new_str(text).into()]) {
            Ok(error) | Err(error) => error,
        }
    }

    /// Sends a request, and waits for the head of its response.
    #[pyfunction]
    fn send(args: SendArgs, vm: &VirtualMachine) -> PyResult<Response> {
        let timeout = limit(args.timeout, vm)?;
        let name = shown(&args.url);
        let request = request(args.method, args.url, &args.headers, args.body, args.redirects);
        waits(vm, || http::request(request, &name, timeout)).map(Response).map_err(|trouble| error(trouble, vm))
    }

    fn request(method: String, url: String, headers: &[String], body: Option<PyBytesRef>, redirects: bool) -> Request {
        let headers = headers.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        let body = body.map(|body| body.as_bytes().to_vec());
        let speed = lane::current().map_or(1.0, |(run, _)| run.config.speed);
        Request { method, url, headers, body, redirects, speed }
    }

    /// Sends a request, and has the loop woken when something of its response has come.
    #[pyfunction]
    fn begin(args: BeginArgs) -> Pending {
        let exchange = Exchange::new(request(args.method, args.url, &args.headers, args.body, args.redirects));
        let waker = args.callbacks.waker();
        exchange.lock().listener = Some(Box::new(move || waker.wake_by_ref()));
        carry_out(&exchange);
        Pending(exchange)
    }

    /// What the trace calls an address.
    #[pyfunction]
    fn name_of(url: String) -> String {
        shown(&url)
    }

    /// Host and path, and whether the network has anything to do with it.
    fn shown(url: &str) -> String {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let place = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        if is_answered_here(url) { format!("{place} (answered by Weft)") } else { place.to_owned() }
    }

    #[pyclass]
    impl Response {
        #[pygetset]
        fn status(zelf: &Py<Self>) -> u16 {
            zelf.0.head.status
        }

        /// The address that has answered.
        #[pygetset]
        fn url(zelf: &Py<Self>) -> String {
            zelf.0.head.url.clone()
        }

        /// Pairs of names and values.
        #[pygetset]
        fn headers(zelf: &Py<Self>, vm: &VirtualMachine) -> Vec<PyObjectRef> {
            pairs(&zelf.0.head.headers, vm)
        }

        /// The next part of the body; nothing at its end.
        #[pymethod]
        fn part(zelf: &Py<Self>, timeout: Option<ArgIntoFloat>, vm: &VirtualMachine) -> PyResult<Option<PyBytesRef>> {
            let timeout = limit(timeout, vm)?;
            let part = waits(vm, || zelf.0.part(timeout)).map_err(|trouble| error(trouble, vm))?;
            Ok(part.map(|part| vm.ctx.new_bytes(part)))
        }
    }

    fn pairs(headers: &[(String, String)], vm: &VirtualMachine) -> Vec<PyObjectRef> {
        headers.iter().map(|(name, value)| vm.new_tuple((name.as_str(), value.as_str())).into()).collect()
    }

    #[pyclass]
    impl Pending {
        /// Status, address and headers, once they have come.
        #[pymethod]
        fn head(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
            let (head, over) = {
                let mut arrived = zelf.0.lock();
                (arrived.head.take(), arrived.over.clone())
            };
            match (head, over) {
                (Some(head), _) => Ok(vm.new_tuple((head.status, head.url, pairs(&head.headers, vm))).into()),
                (None, Some(Err(sentence))) => Err(error(Trouble::Failed(sentence), vm)),
                (None, _) => Ok(vm.ctx.not_implemented()),
            }
        }

        /// The next part of the body, once it has come; nothing at its end.
        #[pymethod]
        fn part(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
            let (part, over) = {
                let mut arrived = zelf.0.lock();
                (arrived.parts.pop_front(), arrived.over.clone())
            };
            match (part, over) {
                (Some(part), _) => Ok(vm.ctx.new_bytes(part).into()),
                (None, Some(Ok(()))) => Ok(vm.ctx.none()),
                (None, Some(Err(sentence))) => Err(error(Trouble::Failed(sentence), vm)),
                (None, None) => Ok(vm.ctx.not_implemented()),
            }
        }

        /// Nobody wants any more of it.
        #[pymethod]
        fn close(zelf: &Py<Self>) {
            zelf.0.give_up();
        }
    }
}
