//! Helpers for the document, the window and the reader's storage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, Document, FocusOptions, HtmlAnchorElement, HtmlElement, Storage, Url, Window};

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// The address's fragment, including `#`.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Sets `data-<name>` of the root element; `name` in camel case.
pub fn set_root_data(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let root: HtmlElement = root.unchecked_into();
        // Only a name with a hyphen before a lower-case letter is refused.
        let _ = root.dataset().set(name, value);
    }
}

/// The address that a `<meta>` element of the page names for a part of the site; `None` if the site was built without it.
pub fn named_in_head(name: &str) -> Option<String> {
    let named = document().query_selector(&format!("meta[name={name}]")).ok()??;
    let path = named.get_attribute("content").filter(|path| !path.is_empty())?;
    Some(Url::new_with_base(&path, &document().base_uri().ok()??).ok()?.href())
}

/// Whether a media query holds.
pub fn media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the page is shown inside another.
pub fn framed() -> bool {
    // Reading `top` throws nowhere; it is another object when framed.
    window().top().ok().flatten().is_none_or(|top| !js_sys::Object::is(&top, &window()))
}

/// Whether the page was served over https or from this machine.
pub fn secure() -> bool {
    Reflect::get(&window(), &"isSecureContext".into()).is_ok_and(|secure| secure.is_truthy())
}

/// The reader's local storage. In a sandboxed frame there is none, and even asking throws.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was remembered under a name.
pub fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Remembers it, where that is possible.
pub fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden: then the reader has to choose again next time.
        let _ = storage.set_item(name, value);
    }
}

/// What this tab keeps under this name, also over a reload.
pub fn kept(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(name).ok().flatten()
}

/// Keeps it, where that is possible.
pub fn keep(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // Full or forbidden: then it is lost with the page.
        let _ = storage.set_item(name, value);
    }
}

/// Gives an element the focus, without scrolling the page.
pub fn focus(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    // Fails for elements that cannot have the focus.
    let _ = element.focus_with_options(&options);
}

/// Sets a property of an object.
pub fn put(object: &Object, name: &str, value: impl Into<JsValue>) {
    // Only a frozen object would refuse.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// Whether an element has the focus.
pub fn has_focus(element: &HtmlElement) -> bool {
    document().active_element().is_some_and(|focused| js_sys::Object::is(&focused, element))
}

/// Lets the reader save a text as a file.
pub fn download(name: &str, mime: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    download_blob(name, &Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?)
}

/// Lets the reader save bytes as a file.
pub fn download_bytes(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let bytes = js_sys::Uint8Array::from(bytes);
    download_blob(name, &Blob::new_with_u8_array_sequence(&Array::of1(&bytes))?)
}

fn download_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // Some browsers begin to read only after the click has been handled.
    gloo_timers::callback::Timeout::new(10_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}

/// Puts a text on the clipboard. False if the browser does not allow it: in many frames, and without https.
pub async fn copy(text: &str) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or_default();
    if !clipboard.is_object() {
        return false;
    }
    let written = clipboard.unchecked_into::<web_sys::Clipboard>().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// The page itself has crashed: says so on the page, without using what may be broken, and on the browser's console.
pub fn show_crash(message: &str) {
    web_sys::console::error_1(&message.into());
    let Some(note) = web_sys::window().and_then(|window| window.document()?.get_element_by_id("crash")) else { return };
    let first = message.lines().nth(1).unwrap_or(message).trim();
    note.set_text_content(Some(&format!(
        "Weft’s page has crashed, which is a mistake in Weft. Reload the page to go on. ({first})"
    )));
    let _ = note.remove_attribute("hidden");
}

/// Something to do once in the next animation frame, however many times it is requested before that.
#[derive(Clone)]
pub struct Frame(Rc<FrameInner>);

struct FrameInner {
    /// The browser's number of the request.
    asked: Cell<Option<i32>>,
    closure: RefCell<Option<FrameClosure>>,
}

type FrameClosure = Closure<dyn FnMut()>;

impl Frame {
    /// Nothing is requested yet.
    pub fn new(work: impl Fn() + 'static) -> Frame {
        let frame = Frame(Rc::new(FrameInner { asked: Cell::new(None), closure: RefCell::new(None) }));
        let weak = Rc::downgrade(&frame.0);
        let closure = Closure::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.asked.set(None);
                work();
            }
        });
        frame.0.closure.replace(Some(closure));
        frame
    }

    /// Requests it.
    pub fn ask(&self) {
        if self.0.asked.get().is_some() {
            return;
        }
        if let Some(closure) = &*self.0.closure.borrow() {
            // A window always takes requests.
            self.0.asked.set(window().request_animation_frame(closure.as_ref().unchecked_ref()).ok());
        }
    }
}

impl Drop for FrameInner {
    fn drop(&mut self) {
        if let Some(number) = self.asked.get() {
            // The closure is gone; nothing must call it.
            let _ = window().cancel_animation_frame(number);
        }
    }
}
