//! The cookies of a session (RFC 6265): which of them go with a request, and what an answer changes.
//!
//! Invariant: a server sets cookies for its own host and hosts around it only, never for a domain below which anybody can
//! have a name (the public suffix list says which these are), and how many are kept is bounded.

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
            self.reaches_below = !domain.is_empty() && !is_address(&domain) && !is_public(&domain);
            return Some(());
        }
        let is_around = is_below(&self.domain, &domain) && !is_address(&self.domain) && !is_public(&domain);
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

/// Whether anybody can have a name below it: `com`, `co.uk`, `github.io`, and every name of one part.
fn is_public(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.as_bytes().len() == domain.len())
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

#[cfg(test)]
mod tests {
    use super::{HeaderMap, Jar, SET_COOKIE, Url};

    /// The cookies that go to `to` after `from` has set one with this domain.
    fn check(from: &str, domain: &str, to: &str, expected: bool) {
        let url = |host: &str| Url::parse(&format!("http://{host}/")).expect("a host");
        let (jar, mut headers) = (Jar::default(), HeaderMap::new());
        headers.append(SET_COOKIE, format!("a=1; Domain={domain}").parse().expect("a header"));
        jar.take(&url(from), &headers);
        assert_eq!(!jar.for_url(&url(to)).is_empty(), expected, "{from} sets for {domain}, sent to {to}");
    }

    #[test]
    fn nobody_sets_cookies_for_the_domain_of_a_registry() {
        for (from, domain, to, expected) in [
            ("www.example.co.uk", "example.co.uk", "example.co.uk", true),
            ("www.example.co.uk", ".example.co.uk", "shop.example.co.uk", true),
            ("www.example.co.uk", "co.uk", "www.example.co.uk", false),
            ("www.example.co.uk", "co.uk", "other.co.uk", false),
            ("www.example.co.uk", "CO.UK", "other.co.uk", false),
            ("www.example.co.uk.", "co.uk.", "other.co.uk.", false),
            ("www.example.co.uk.", "example.co.uk.", "example.co.uk.", true),
            ("me.github.io", "github.io", "you.github.io", false),
            ("www.example.com", "com", "example.com", false),
            ("shop.xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn", "other.xn--55qx5d.cn", false),
            (
                "shop.xn--85x722f.xn--55qx5d.cn",
                "xn--85x722f.xn--55qx5d.cn",
                "xn--85x722f.xn--55qx5d.cn",
                true,
            ),
            ("a.b.intranet", "b.intranet", "c.b.intranet", true),
            ("b.intranet", "intranet", "c.intranet", false),
            // A registry's own cookies are its own.
            ("github.io", "github.io", "github.io", true),
            ("github.io", "github.io", "you.github.io", false),
            ("localhost", "localhost", "localhost", true),
            ("localhost", "localhost", "a.localhost", false),
            ("127.0.0.1", "127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "0.0.1", "127.0.0.1", false),
        ] {
            check(from, domain, to, expected);
        }
    }
}
