//! Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each.

mod outcome;

use std::io::stdin;
use std::time::Duration;

use coupon_api::apis::configuration::Configuration;
use coupon_api::apis::issuance_api::issue_multiple_coupons;
use coupon_api::models::IssuanceRequest;
use outcome::{Outcome, outcome, same_customer, same_external_id};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Pair { name: String, left: String, right: String },
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
            Told::Call(call) => made(call)?,
        };
        println!("{report}");
    }
    Ok(())
}

fn made(call: Call) -> Result<Value, reqwest::Error> {
    let asked = call.request.count.unwrap_or(1) as usize;
    let answered = issue_multiple_coupons(&configuration(&call)?, call.request.clone());
    let name = call.name;
    Ok(match outcome(answered, asked) {
        Outcome::Issued { answer, missing, errors, warnings } => json!({
            "name": name,
            "end": if missing == 0 { "issued" } else { "partly-issued" },
            "codes": answer.coupons.iter().flatten().map(|coupon| &coupon.code).collect::<Vec<_>>(),
            "missing": missing,
            "errors": errors,
            "warnings": warnings,
            "discountType": answer.coupon_config.and_then(|config| config.discount_type),
            "sameCustomer": answer.customer.is_some_and(|customer| same_customer(&customer, &call.request.customer)),
        }),
        Outcome::Refused { errors, warnings } => {
            json!({"name": name, "end": "refused", "errors": errors, "warnings": warnings})
        }
        Outcome::Rejected { status: 401 } => json!({"name": name, "end": "not-authenticated", "status": 401}),
        Outcome::Rejected { status } => json!({"name": name, "end": "rejected", "status": status}),
        Outcome::Unknown { why, coupons, errors, warnings } => json!({
            "name": name,
            "end": "outcome-unknown",
            "why": why,
            "codes": coupons.iter().map(|coupon| &coupon.code).collect::<Vec<_>>(),
            "errors": errors,
            "warnings": warnings,
        }),
    })
}

fn configuration(call: &Call) -> Result<Configuration, reqwest::Error> {
    let client = reqwest::blocking::Client::builder()
        .timeout(Duration::from_millis(call.timeout_ms))
        .redirect(reqwest::redirect::Policy::none()) // a 307 would send the body again
        .build()?;
    Ok(Configuration {
        base_path: call.url.clone(),
        basic_auth: Some((call.user.clone(), Some(call.password.clone()))),
        client,
        ..Configuration::default()
    })
}
