//! The cookies of a session (RFC 6265): which of them go with a request, and what an answer changes.
//!
//! Invariant: a server sets cookies for its own host and hosts around it only, and how many are kept is bounded. Which
//! domains are those of registries is not known here: what is refused is a domain of one part.

use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{HeaderMap, SET_COOKIE};

use crate::sync::{Instant, Mutex};

/// How many cookies are kept; beyond them the oldest go.
const MOST: usize = 1000;
/// The longest name and value.
const LONGEST: usize = 4096;
/// Lifetimes beyond this are as good as this.
const LONG: Duration = Duration::from_secs(400 * 86_400);

/// The cookies.
#[derive(Debug, Default)]
pub(super) struct Jar(Mutex<Vec<Cookie>>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    path: String,
    /// Hosts below the domain get it, too.
    reaches_below: bool,
    is_secure: bool,
    ends: Option<Instant>,
}

impl Jar {
    /// A cookie of a host, for all its paths and until the end of the session.
    pub(super) fn put(&self, url: &Url, name: &str, value: &str) {
        self.keep(Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host(url).to_owned(),
            path: "/".to_owned(),
            reaches_below: false,
            is_secure: false,
            ends: None,
        });
    }

    /// Takes the cookies of an answer.
    pub(super) fn take(&self, url: &Url, headers: &HeaderMap) {
        let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.filter_map(|line| Cookie::read(url, line)).for_each(|cookie| self.keep(cookie));
    }

    /// What goes with a request to this address: the cookies of longer paths first, then in the order in which they came.
    pub(super) fn for_url(&self, url: &Url) -> Vec<(String, String)> {
        let mut cookies = self.0.lock();
        let now = Instant::now();
        cookies.retain(|cookie| cookie.ends.is_none_or(|ends| ends > now));
        let mut chosen: Vec<&Cookie> = cookies.iter().filter(|cookie| cookie.goes_to(url)).collect();
        chosen.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        chosen.into_iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }

    /// Puts a cookie in the place of the one that it replaces.
    fn keep(&self, cookie: Cookie) {
        let mut cookies = self.0.lock();
        let same = |kept: &Cookie| {
            kept.name == cookie.name && kept.domain == cookie.domain && kept.path == cookie.path
        };
        match cookies.iter().position(same) {
            Some(at) => cookies[at] = cookie,
            None => {
                if cookies.len() == MOST {
                    cookies.remove(0);
                }
                cookies.push(cookie);
            }
        }
    }
}

impl Cookie {
    /// What a `Set-Cookie` line of an answer from `url` says. `None` if it says nothing that may be kept.
    fn read(url: &Url, line: &str) -> Option<Cookie> {
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.len() + value.len() > LONGEST {
            return None;
        }
        let mut cookie = Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host(url).to_owned(),
            path: folder(url.path()).to_owned(),
            reaches_below: false,
            is_secure: false,
            ends: None,
        };
        let (mut lasts, mut until) = (None, None);
        for part in parts {
            let (word, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match word.trim().to_ascii_lowercase().as_str() {
                "domain" => cookie.widen(value.trim_start_matches('.'))?,
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "path" => cookie.path = folder(url.path()).to_owned(),
                "secure" => cookie.is_secure = true,
                "max-age" => lasts = value.parse::<i64>().ok().or(lasts),
                "expires" => until = moment(value).or(until),
                _ => {}
            }
        }
        if cookie.is_secure && url.scheme() != "https" {
            return None;
        }
        let lasts = lasts.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
        let until = until.map(|moment| moment.duration_since(SystemTime::now()).unwrap_or_default());
        cookie.ends = lasts.or(until).map(|lasts| Instant::now() + lasts.min(LONG));
        Some(cookie)
    }

    /// Makes it one of a whole domain, if its host is in that.
    fn widen(&mut self, domain: &str) -> Option<()> {
        let domain = domain.to_ascii_lowercase();
        if domain.is_empty() || domain == self.domain {
            self.reaches_below = !domain.is_empty() && !is_address(&domain);
            return Some(());
        }
        let is_around = is_below(&self.domain, &domain) && domain.contains('.') && !is_address(&self.domain);
        (self.domain, self.reaches_below) = (domain, true);
        is_around.then_some(())
    }

    fn goes_to(&self, url: &Url) -> bool {
        let host = host(url);
        (host == self.domain || (self.reaches_below && is_below(host, &self.domain)))
            && (!self.is_secure || url.scheme() == "https")
            && is_in(url.path(), &self.path)
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether a path is that of a cookie or below it.
fn is_in(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

/// The path up to its last segment.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(end) => &path[..end],
    }
}

/// A date as servers write it, also in the form with dashes that older ones use.
fn moment(text: &str) -> Option<SystemTime> {
    let parse = |text: &str| httpdate::parse_http_date(text).ok();
    parse(text).or_else(|| parse(&text.replace('-', " ")))
}
