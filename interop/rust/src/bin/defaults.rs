//! Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`.

use std::env::var;

use coupon_api::apis::Error;
use coupon_api::apis::configuration::Configuration;
use coupon_api::apis::issuance_api::{IssueMultipleCouponsSuccess, issue_multiple_coupons};
use coupon_api::models::{CustomerReference, IssuanceRequest};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = var("COUPON_COUNT")?.parse()?;
    let customer = CustomerReference { mobile: Some(var("COUPON_MOBILE")?), ..Default::default() };
    let mut request = IssuanceRequest::new(var("COUPON_SERIES")?.parse()?, customer);
    request.count = Some(count);
    let configuration = Configuration {
        base_path: var("COUPON_URL")?,
        basic_auth: Some((var("COUPON_USER")?, Some(var("COUPON_PASSWORD")?))),
        ..Default::default()
    };
    for _ in 0..var("COUPON_CALLS").map_or(Ok(1), |calls| calls.parse::<usize>())? {
        println!("{}", issued(&configuration, request.clone(), count as usize));
    }
    Ok(())
}

fn issued(configuration: &Configuration, request: IssuanceRequest, count: usize) -> Value {
    let entity = match issue_multiple_coupons(configuration, request) {
        Ok(response) => response.entity,
        Err(Error::ResponseError(_)) => None,
        Err(_) => return json!({"end": "unknown"}),
    };
    let coupons = match entity {
        Some(IssueMultipleCouponsSuccess::Status200(body)) => body.coupons.unwrap_or_default(),
        _ => vec![],
    };
    let end = if coupons.len() == count {
        "issued"
    } else if coupons.is_empty() {
        "nothing-issued"
    } else {
        "partly-issued"
    };
    let codes: Vec<_> = coupons.iter().map(|coupon| &coupon.code).collect();
    let ids: Vec<_> = coupons.iter().map(|coupon| coupon.coupon_id.to_string()).collect();
    json!({"end": end, "codes": codes, "ids": ids})
}
