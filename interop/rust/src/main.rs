//! Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each.
//!
//! Requests are written by the generated models. They are sent with reqwest, because the generated client gives no access to
//! the text of a response that it cannot decode, and the text decides.

mod outcome;

use std::io::{Read, stdin};
use std::time::Duration;

use coupon_api::models::IssuanceRequest;
use outcome::Step::{At, Key};
use outcome::{Outcome, outcome, same_external_id};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Pair { name: String, left: String, right: String },
    Response { name: String, status: u16, requested: usize, body: String },
    Call(Call),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    name: String,
    url: String,
    user: String,
    password: String,
    timeout_ms: u64,
    request: IssuanceRequest,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in stdin().lines() {
        let report = match serde_json::from_str(&line?)? {
            Told::Pair { name, left, right } => json!({"name": name, "same": same_external_id(&left, &right)}),
            Told::Response { name, status, requested, body } => {
                reported(&name, &outcome(status, &from_base64(&body), requested, true))
            }
            Told::Call(call) => made(&call)?,
        };
        println!("{report}");
    }
    Ok(())
}

fn made(call: &Call) -> Result<Value, reqwest::Error> {
    let seen = issue(call)?;
    let mut report = reported(&call.name, &seen);
    let customer = &call.request.customer;
    let asked = [("mobile", &customer.mobile), ("email", &customer.email), ("externalId", &customer.external_id)];
    let same = asked.iter().any(|(kind, text)| text.as_ref().is_some_and(|text| seen.same_customer(kind, text)));
    report["sameCustomer"] = json!(same);
    Ok(report)
}

fn issue(call: &Call) -> Result<Outcome, reqwest::Error> {
    let requested = call.request.count.unwrap_or(1) as usize;
    let client = reqwest::blocking::Client::builder()
        .timeout(Duration::from_millis(call.timeout_ms))
        .redirect(reqwest::redirect::Policy::none()) // a 307 would send the body again
        .build()?;
    let sent = client
        .post(format!("{}/v2/coupon/issue/multiple", call.url))
        .basic_auth(&call.user, Some(&call.password))
        .header("Content-Type", "application/json")
        .body(serde_json::to_vec(&call.request).unwrap_or_default())
        .send();
    let Ok(mut response) = sent else { return Ok(outcome(0, b"", requested, false)) }; // the error may quote the response
    let status = response.status().as_u16();
    let plain = response.headers().get("Content-Encoding").is_none();
    let mut body = vec![];
    let whole = response.read_to_end(&mut body).is_ok() && plain; // what arrived stays, and may name coupons
    Ok(outcome(status, &body, requested, whole))
}

fn reported(name: &str, seen: &Outcome) -> Value {
    json!({
        "name": name,
        "end": seen.end.word(),
        "status": seen.status,
        "codes": seen.coupons.iter().map(|coupon| &coupon.code).collect::<Vec<_>>(),
        "ids": seen.coupons.iter().map(|coupon| &coupon.id).collect::<Vec<_>>(),
        "missing": seen.missing,
        "errors": seen.errors,
        "warnings": seen.warnings,
        "discountType": seen.value(&[Key("couponConfig"), Key("discountType")]),
        "details": {
            "discountValue": seen.value(&[Key("couponConfig"), Key("discountValue")]),
            "fixedExpiryDate": seen.value(&[Key("couponConfig"), Key("fixedExpiryDate")]),
            "autoUpdateTime": seen.value(&[Key("customer"), Key("profiles"), At(0), Key("autoUpdateTime")]),
        },
    })
}

fn from_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (vec![], 0u32, 0);
    for value in text.bytes().filter_map(|letter| LETTERS.iter().position(|&known| known == letter)) {
        (held, bits) = (held << 6 | value as u32, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    bytes
}
