//! Programs in links: packed, and unpacked.

use js_sys::RangeError;
use wasm_bindgen::prelude::*;

use crate::app::address::LONGEST_CODE;

#[wasm_bindgen(module = "/src/app/page/packed.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = pack)]
    async fn js_pack(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = unpack)]
    async fn js_unpack(packed: &str) -> Result<JsValue, JsValue>;
}

/// A program as it stands in a link.
///
/// # Errors
/// A sentence, if it is too long for one.
pub async fn pack(text: &str) -> Result<String, String> {
    let packed = js_pack(text).await.ok().and_then(|packed| packed.as_string());
    let packed = packed.ok_or("This browser cannot pack a program into a link; save it as a file.")?;
    if packed.len() > LONGEST_CODE {
        return Err("The program is too long for a link; save it as a file.".to_owned());
    }
    Ok(packed)
}

/// The program in a link.
///
/// # Errors
/// A sentence, if there is none in it, or one that is too long.
pub async fn unpack(packed: &str) -> Result<String, String> {
    let text = js_unpack(packed).await.map_err(|error| {
        let sentence = if error.is_instance_of::<RangeError>() {
            "The program in this link is too long: 1 MB is the most."
        } else {
            "The program in this link is damaged: perhaps only a part of the link was copied."
        };
        sentence.to_owned()
    })?;
    Ok(text.as_string().unwrap_or_default())
}
