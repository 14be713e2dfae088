//! Where contexts come from: the calls that created a context, its creator, and so on, for reports.
//!
//! Invariant: a context keeps a bounded part of its ancestry, so that a program in which each context creates the next does
//! not grow; and contexts created by main, most of all, share nothing and cost nothing.

use std::sync::Arc;

use crate::value::TracePoint;

/// So many generations are remembered at least, and at most twice as many.
const KEPT: u32 = 8;

/// A context's creation, and its creator's.
#[derive(Debug)]
pub struct Origin {
    site: TracePoint,
    above: Option<Arc<Origin>>,
    depth: u32,
}

impl Origin {
    /// Of what was created at `site` by something of origin `above`.
    pub fn new(site: TracePoint, above: Option<Arc<Origin>>) -> Arc<Origin> {
        let above = match above {
            Some(long) if long.depth >= 2 * KEPT => long.nearest(KEPT),
            above => above,
        };
        let depth = above.as_ref().map_or(0, |above| above.depth) + 1;
        Arc::new(Origin { site, above, depth })
    }

    /// The call that created the context.
    pub fn site(&self) -> TracePoint {
        self.site
    }

    /// The sites, the nearest first.
    pub fn sites(&self) -> impl Iterator<Item = TracePoint> {
        std::iter::successors(Some(self), |origin| origin.above.as_deref()).map(|origin| origin.site)
    }

    /// A copy of the nearest generations.
    fn nearest(&self, count: u32) -> Option<Arc<Origin>> {
        let sites: Vec<TracePoint> = self.sites().take(count as usize).collect();
        sites.into_iter().rev().fold(None, |above, site| Some(Origin::new(site, above)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::FunctionId;

    #[test]
    fn a_long_line_keeps_its_nearest_generations() {
        let site = |ip| TracePoint { function: FunctionId(0), ip };
        let mut origin = None;
        for ip in 0..1000 {
            origin = Some(Origin::new(site(ip), origin));
        }
        let sites: Vec<u32> = origin.iter().flat_map(|origin| origin.sites()).map(|site| site.ip).collect();
        assert_eq!(sites[..3], [999, 998, 997]);
        assert!((KEPT..=2 * KEPT).contains(&(sites.len() as u32)), "{} are kept", sites.len());
    }
}
