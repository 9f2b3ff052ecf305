//! Handing a link out: on the clipboard, or in a field from which the reader copies it.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::browser;

/// Whether a link has been handed out, and how.
#[derive(Clone, PartialEq)]
enum Given {
    No,
    /// It is on the clipboard.
    Copied,
    /// The reader has to copy it: the browser does not let the page do it.
    Shown(AttrValue),
    /// There is none, for this reason.
    Refused(AttrValue),
}

/// A link that can be handed out.
pub struct HandOut {
    given: UseStateHandle<Given>,
    field: NodeRef,
}

/// Handing a link out. `about` is what the link is about: once that has changed, it has not been handed out yet.
#[hook]
pub fn use_hand_out<T: PartialEq + 'static>(about: T) -> HandOut {
    let given = use_state_eq(|| Given::No);
    let field = use_node_ref();
    use_effect_with(about, {
        let given = given.setter();
        move |_| given.set(Given::No)
    });
    use_effect_with((*given).clone(), {
        let field = field.clone();
        move |given| {
            if let (Given::Shown(_), Some(field)) = (given, field.cast::<HtmlInputElement>()) {
                // A field takes the focus.
                let _ = field.focus();
                field.select();
            }
        }
    });
    HandOut { given, field }
}

impl HandOut {
    /// Hands a link out, or says why there is none.
    pub fn give(&self) -> Callback<Result<String, String>> {
        let given = self.given.setter();
        Callback::from(move |link: Result<String, String>| {
            let given = given.clone();
            wasm_bindgen_futures::spawn_local(async move {
                given.set(match link {
                    Ok(link) if browser::copy(&link).await => Given::Copied,
                    Ok(link) => Given::Shown(link.into()),
                    Err(sentence) => Given::Refused(sentence.into()),
                });
            });
        })
    }

    /// What has become of it.
    pub fn view(&self) -> Html {
        let (said, class) = match &*self.given {
            Given::No => (AttrValue::default(), "faint"),
            Given::Copied => ("Copied.".into(), "faint"),
            Given::Shown(_) => ("Copy it from here:".into(), "faint"),
            Given::Refused(sentence) => (sentence.clone(), "problem"),
        };
        html! {
            <>
                <span {class} role="status">{ said }</span>
                if let Given::Shown(link) = &*self.given {
                    <input type="text" class="link" readonly=true value={link} ref={&self.field} aria-label="Link" />
                }
            </>
        }
    }
}
