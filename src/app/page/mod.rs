//! The components of the page, and everything that touches the document.
//!
//! [`site`] is what they share: the session, the address, the moment under the pointer. The chart is painted outside
//! Yew's tree ([`stage`], [`painter`], [`gestures`], [`keys`], [`tip`]), so moving around in it re-renders nothing.

mod bars_panel;
mod browser;
mod catalogue;
mod chart_panel;
mod choose;
mod code_panel;
mod console_panel;
mod controls;
mod demo_page;
mod embed;
mod fetch;
mod gestures;
mod hooks;
mod keys;
mod legend;
mod link;
mod listeners;
mod measure;
mod near;
mod pacing;
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
mod service;
mod service_notice;
mod share;
mod site;
mod sizing;
mod stage;
mod theme;
mod ticks;
mod tip;
mod workspace;

use crate::app::address::{self, Page};
use crate::demos;
use crate::engine::Session;
use site::Site;

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
    let site = Site::new(Session::new(demos::judge));
    let address = address::parse(&site.hash());
    if let Page::Demo(demo) = &address.page {
        site.expect(demo);
    }
    theme::start(&site);
    let scripts = scripting::install(&site);
    let root = browser::document().get_element_by_id("app").expect("index.html has an element “app”");
    root.set_inner_html("");
    yew::Renderer::<root::App>::with_root_and_props(root, root::AppProps { site: site.clone() }).render();
    if address.embedded {
        embed::install(&scripts);
    }
}
