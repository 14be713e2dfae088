//! HTTP (STDLIB section 17): what is sent to servers, and what servers of scripts answer.
//!
//! Owns: the entries and the checks of their arguments; servers and answers as values; which handler a request is for.
//! Does not: send or serve anything; the runtime does. What takes callbacks is in `prelude/http.ruff`.

mod client;
mod cookie;
mod fetch;
mod multipart;
mod pattern;
mod plan;
mod request;
mod response;
mod server;

pub(super) use client::{ASKING, NATIVES as CLIENT};
pub(super) use response::NATIVES as RESPONSES;
pub(super) use server::NATIVES as SERVER;
