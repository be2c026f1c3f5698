//! Tells the outcomes of an issuance apart.

use std::collections::HashSet;

use coupon_api::apis::issuance_api::{IssueMultipleCouponsError, IssueMultipleCouponsSuccess};
use coupon_api::apis::{Error, ResponseContent};
use coupon_api::models::{Coupon, Customer, CustomerReference, Identifier, IssuanceResponse};

/// What a call of the issuing operation came to. Codes may be ones that no document knows yet.
pub enum Outcome {
    /// The coupons of the answer exist; `missing` of those that were asked for do not.
    Issued { answer: IssuanceResponse, missing: usize, errors: Vec<i32>, warnings: Vec<i32> },
    /// Nothing was issued: every error is a certain refusal.
    Refused { errors: Vec<i32>, warnings: Vec<i32> },
    /// Nothing was issued; with 401 the credentials are wrong.
    Rejected { status: u16 },
    /// Coupons may exist: read back before you call again. The lists are what the answer names.
    Unknown { why: String, coupons: Vec<Coupon>, errors: Vec<i32>, warnings: Vec<i32> },
}

/// What the generated client returns.
pub type Answered = Result<ResponseContent<IssueMultipleCouponsSuccess>, Error<IssueMultipleCouponsError>>;

/// Statuses that the document says issue nothing.
const REJECTED: [u16; 6] = [400, 401, 403, 405, 415, 429];

/// Codes of errors that prove that nothing was issued; no other code does.
const CERTAIN_REFUSALS: [i32; 14] = [677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005];

/// Codes with which coupons were or may have been issued. As warnings they contradict a refusal.
const ISSUED_OR_IN_DOUBT: [i32; 28] = [
    500, 510, 621, 626, 629, 678, 679, 687, 700, 702, 704, 722, 724, 730, 731,
    748, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798, 5006,
];

/// The outcome of a call that asked for so many coupons, 1 when it left the count out.
pub fn outcome(answered: Answered, asked: usize) -> Outcome {
    match answered {
        Ok(ResponseContent { status, entity: Some(IssueMultipleCouponsSuccess::Status200(answer)), .. })
            if status.as_u16() == 200 =>
        {
            of_answer(answer, asked)
        }
        Ok(response) => unknown(format!("HTTP {} without an answer that can be read", response.status)),
        Err(Error::ResponseError(response)) if REJECTED.contains(&response.status.as_u16()) => {
            Outcome::Rejected { status: response.status.as_u16() }
        }
        Err(problem) => unknown(problem.to_string()),
    }
}

fn of_answer(answer: IssuanceResponse, asked: usize) -> Outcome {
    let errors: Vec<i32> = answer.errors.iter().map(|each| each.code).collect();
    let warnings: Vec<i32> = answer.warnings.iter().flatten().map(|each| each.code).collect();
    let coupons = answer.coupons.as_deref().unwrap_or_default();
    let unknown = |why: &str| Outcome::Unknown {
        why: why.into(),
        coupons: coupons.to_vec(),
        errors: errors.clone(),
        warnings: warnings.clone(),
    };
    if coupons.is_empty() {
        if errors.is_empty() || answer.success_count.is_some_and(|count| count > 0) {
            return unknown("neither coupons nor a reason");
        }
        let proven = errors.iter().all(|code| CERTAIN_REFUSALS.contains(code));
        if !proven || warnings.iter().any(|code| ISSUED_OR_IN_DOUBT.contains(code)) {
            return unknown("no coupons, and a code that does not prove a refusal");
        }
        return Outcome::Refused { errors, warnings };
    }
    if coupons.iter().any(|coupon| coupon.code.is_empty()) {
        return unknown("a coupon without a code");
    }
    if coupons.iter().map(|coupon| &coupon.code).collect::<HashSet<_>>().len() < coupons.len() {
        return unknown("a coupon is named twice");
    }
    let (given, wanted) = (coupons.len() as i64, asked as i64);
    let total = answer.total_count.map_or(wanted, i64::from);
    let failed = answer.failure_count.map_or(total - given, i64::from);
    let counted = answer.success_count.map_or(given, i64::from);
    if given > wanted || total != wanted || counted != given || failed != total - given {
        return unknown("the counts contradict the coupons");
    }
    let missing = asked - coupons.len();
    Outcome::Issued { answer, missing, errors, warnings }
}

fn unknown(why: impl Into<String>) -> Outcome {
    Outcome::Unknown { why: why.into(), coupons: vec![], errors: vec![], warnings: vec![] }
}

/// Whether the answer names the customer that was asked for.
pub fn same_customer(customer: &Customer, asked: &CustomerReference) -> bool {
    customer.profiles.iter().flat_map(|profile| &profile.identifiers).any(|each| is_of(each, asked))
}

fn is_of(identifier: &Identifier, asked: &CustomerReference) -> bool {
    let (value, is) = (&identifier.value, |text: &Option<String>| text.as_ref() == Some(&identifier.value));
    match identifier.r#type.as_str() {
        "mobile" => is(&asked.mobile),
        "email" => is(&asked.email),
        "externalId" => asked.external_id.as_ref().is_some_and(|text| same_external_id(value, text)),
        _ => false,
    }
}

/// Compares without leading zeros: an external id may come back padded.
pub fn same_external_id(left: &str, right: &str) -> bool {
    left.trim_start_matches('0') == right.trim_start_matches('0')
}
