//! The components of the page, and everything that touches the document.
//!
//! [`context`] is what they share: the session, the address, the moment under the pointer. The chart is painted outside
//! Yew's tree ([`stage`], [`painter`], [`gestures`], [`keys`], [`tip`]), so moving around in it re-renders nothing.
//!
//! The page takes little from what it shows. It shares the cores with the program, so it draws and counts rarely while
//! lanes want all of them (`Session::is_crowded`), and shows that a run is starting before it does. Decoding goes on,
//! in slices.

mod bars_panel;
mod browser;
mod catalogue;
mod chart_panel;
mod choose;
mod code_panel;
mod console_panel;
mod context;
mod controls;
mod demo_page;
mod editing;
mod editor;
mod embed;
mod fetch;
mod files_panel;
mod gestures;
mod hand_out;
mod hero;
mod hooks;
mod keys;
mod legend;
mod link;
mod listeners;
mod measure;
mod near;
mod pacing;
mod packed;
mod painter;
mod pair;
mod pair_panel;
mod panels;
mod pinned;
mod recorded;
mod results_panel;
mod root;
mod run_bar;
mod runs;
mod scripting;
mod selection;
mod service;
mod service_notice;
mod share;
mod sizing;
mod stage;
mod theme;
mod ticks;
mod tip;
mod workspace;
mod write_form;
mod write_notices;
mod write_page;
mod write_tools;

use crate::app::address::{self, Page};
use crate::demos;
use crate::engine::Session;
use context::AppContext;

/// Starts the page: its components, and the scripting interface.
pub fn start() {
    yew::set_custom_panic_hook(Box::new(|info| browser::show_crash(&info.to_string())));
    match service::reloading() {
        Some(reloading) => wasm_bindgen_futures::spawn_local(async {
            let _ = reloading.await;
            show();
        }),
        None => show(),
    }
}

fn show() {
    let app = AppContext::new(Session::new(demos::judge));
    let address = address::parse(&app.hash());
    if let Page::Demo(demo) = &address.page {
        app.expect(demo);
    }
    theme::start(&app);
    let scripts = scripting::install(&app);
    let root = browser::document().get_element_by_id("app").expect("index.html has an element “app”");
    root.set_inner_html("");
    yew::Renderer::<root::App>::with_root_and_props(root, root::AppProps { app: app.clone() }).render();
    if address.embedded {
        embed::install(&scripts);
    }
}
