//! tmp
use yew::prelude::*;
use super::site::*;
use crate::demos::Demo;
#[derive(Properties)] pub struct P { pub demo: &'static Demo, pub note: Option<String> }
impl PartialEq for P { fn eq(&self, o:&P)->bool { self.note==o.note } }
#[component] pub fn ChartPanel(p:&P)->Html { html!{ <section class="panel chart">{ &p.note }</section> } }
pub fn chrome_trace(_s:&Site)->serde_json::Value { serde_json::Value::Null }
