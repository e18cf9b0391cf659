//! Pages of cases in the manner of Relay's connections.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use data_encoding::BASE64URL_NOPAD;

use super::{
    case::Case,
    code::{CaseOrder, CaseStatus},
};
use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{bad_input, not_found, refusal},
        id::NodeKind,
        scalar::DateTime,
    },
    service::case_view::{self, ListRequest},
    store::{self, CaseCursor},
};

/// Most cases on a page.
pub const LARGEST_PAGE: u32 = 100;

/// Which cases to list. Everything that is given narrows the list.
#[derive(Default, InputObject)]
pub struct CaseFilter {
    /// Key of the procedure.
    procedure: Option<String>,
    /// Whether they still run.
    status: Option<CaseStatus>,
    /// Step of the progress.
    phase: Option<String>,
    /// An active state.
    state: Option<String>,
    /// The organisation that handles them.
    organisation: Option<async_graphql::ID>,
    /// Only those that are assigned to the caller.
    #[graphql(default)]
    assigned_to_me: bool,
    /// Only those that the caller filed.
    #[graphql(default)]
    filed_by_me: bool,
    /// Nearest deadline at or before this moment.
    due_by: Option<DateTime>,
    /// Opened at or after this moment.
    opened_from: Option<DateTime>,
    /// Opened before this moment.
    opened_before: Option<DateTime>,
    /// Part of the public number.
    number: Option<String>,
}

impl CaseFilter {
    /// The store's filter for the caller; the service adds what the caller may know of.
    fn for_caller(self, request: &RequestContext) -> Result<store::CaseFilter> {
        let organisation = match self.organisation {
            Some(id) => Some(
                NodeKind::Organisation
                    .key(&id)
                    .ok_or_else(|| not_found(request.locale))?,
            ),
            None => None,
        };
        let me = || request.actor.account_id().map(str::to_owned);
        Ok(store::CaseFilter {
            organisation_ids: organisation.map(|key| vec![key]),
            procedure: self.procedure,
            status: self.status.map(Into::into),
            phase: self.phase,
            state: self.state,
            assigned_account: self.assigned_to_me.then(me).flatten(),
            filer_account: self.filed_by_me.then(me).flatten(),
            due_by: self.due_by.map(|moment| moment.0),
            opened_from: self.opened_from.map(|moment| moment.0),
            opened_before: self.opened_before.map(|moment| moment.0),
            number: self.number,
            ..store::CaseFilter::default()
        })
    }
}

/// Which part of a list to show: `first` with `after`, or `last` with `before`.
#[derive(Default)]
pub(crate) struct PageArgs {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

/// The same, understood.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    size: u32,
    backwards: bool,
    from: Option<CaseCursor>,
}

/// Why arguments select no page: argument and code.
type Unusable = (&'static str, &'static str);

impl PageArgs {
    fn window(&self, order: CaseOrder) -> std::result::Result<Window, Unusable> {
        let (size, cursor, backwards) = match (self.first, self.last, &self.after, &self.before) {
            (Some(first), None, after, None) => (first, after, false),
            (None, Some(last), None, before) => (last, before, true),
            _ => return Err(("first", "PAGE_SIZE")),
        };
        let size = u32::try_from(size)
            .ok()
            .filter(|size| (1..=LARGEST_PAGE).contains(size));
        let size = size.ok_or((if backwards { "last" } else { "first" }, "PAGE_SIZE"))?;
        if backwards && order == CaseOrder::DueFirst {
            return Err(("last", "PAGE_BACKWARDS"));
        }
        let from = match cursor {
            Some(cursor) => {
                Some(read_cursor(order, cursor).ok_or((if backwards { "before" } else { "after" }, "CURSOR"))?)
            }
            None => None,
        };
        Ok(Window { size, backwards, from })
    }
}

fn order_code(order: CaseOrder) -> &'static str {
    match order {
        // Newest and oldest first are one list read from its two ends.
        CaseOrder::NewestFirst | CaseOrder::OldestFirst => "opened",
        CaseOrder::DueFirst => "due",
    }
}

fn write_cursor(order: CaseOrder, place: &CaseCursor) -> String {
    let micros = store::micros(place.at);
    BASE64URL_NOPAD.encode(format!("{}:{micros}:{}", order_code(order), place.id).as_bytes())
}

fn read_cursor(order: CaseOrder, cursor: &str) -> Option<CaseCursor> {
    if cursor.len() > 200 {
        return None;
    }
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let mut parts = text.splitn(3, ':');
    if parts.next()? != order_code(order) {
        return None;
    }
    Some(CaseCursor {
        at: store::from_micros(parts.next()?.parse().ok()?)?,
        id: parts.next()?.to_owned(),
    })
}

impl From<CaseOrder> for store::CaseOrder {
    fn from(order: CaseOrder) -> Self {
        match order {
            CaseOrder::NewestFirst => Self::NewestFirst,
            CaseOrder::OldestFirst => Self::OldestFirst,
            CaseOrder::DueFirst => Self::DueFirst,
        }
    }
}

/// The order in which the list is read: a page from the end is the first page of the reversed list.
fn reading_order(order: CaseOrder, backwards: bool) -> store::CaseOrder {
    match (order, backwards) {
        (CaseOrder::NewestFirst, true) => store::CaseOrder::OldestFirst,
        (CaseOrder::OldestFirst, true) => store::CaseOrder::NewestFirst,
        (order, _) => order.into(),
    }
}

/// A case with its place in the list.
#[derive(Clone, SimpleObject)]
pub struct CaseEdge {
    /// The place, for `after` and `before`.
    cursor: String,
    /// The case.
    node: Case,
}

/// Where a page lies in its list.
#[derive(Clone, Default, SimpleObject)]
pub struct PageInfo {
    /// Whether there are more after it.
    has_next_page: bool,
    /// Whether there are more before it.
    has_previous_page: bool,
    /// Place of its first case.
    start_cursor: Option<String>,
    /// Place of its last case.
    end_cursor: Option<String>,
}

/// A page of cases.
pub struct CaseConnection {
    edges: Vec<CaseEdge>,
    page_info: PageInfo,
    filter: store::CaseFilter,
    order: CaseOrder,
}

impl CaseConnection {
    /// Reads one page of the cases that the caller may know of.
    pub(crate) async fn read(
        request: &RequestContext,
        filter: CaseFilter,
        order: CaseOrder,
        page: PageArgs,
    ) -> Result<Self> {
        let window = page
            .window(order)
            .map_err(|(argument, reason)| bad_input(request.locale, argument, reason))?;
        let filter = filter.for_caller(request)?;
        let given = window.from.is_some();
        let list = ListRequest {
            filter: filter.clone(),
            order: reading_order(order, window.backwards),
            after: window.from,
            // One more than asked tells whether there are more.
            limit: u64::from(window.size) + 1,
        };
        let found = case_view::list(&request.app, &request.actor, list).await;
        let mut found = found.map_err(|error| refusal(request, error))?;
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        if window.backwards {
            found.reverse();
        }
        let edges: Vec<CaseEdge> = found
            .into_iter()
            .filter_map(|summary| {
                let place = CaseCursor::after(&summary.case, order.into())?;
                Some(CaseEdge {
                    cursor: write_cursor(order, &place),
                    node: summary.into(),
                })
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: if window.backwards { given } else { more },
            has_previous_page: if window.backwards { more } else { given },
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Ok(Self {
            edges,
            page_info,
            filter,
            order,
        })
    }
}

/// A page of the cases that the caller may know of.
#[Object]
impl CaseConnection {
    /// The cases with their places.
    async fn edges(&self) -> &[CaseEdge] {
        &self.edges
    }

    /// The cases.
    async fn nodes(&self) -> Vec<&Case> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page lies in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many cases there are in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64> {
        let request = ctx.request()?;
        let count = case_view::count(&request.app, &request.actor, self.filter.clone(), self.order.into()).await;
        count.map_err(|error| refusal(request, error))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn place() -> CaseCursor {
        CaseCursor {
            at: datetime!(2026-04-15 08:00:00.123456 UTC),
            id: "a:b".to_owned(),
        }
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let cursor = write_cursor(CaseOrder::NewestFirst, &place());
        assert_eq!(read_cursor(CaseOrder::OldestFirst, &cursor), Some(place()));
        assert_eq!(read_cursor(CaseOrder::DueFirst, &cursor), None);
        assert_eq!(read_cursor(CaseOrder::NewestFirst, "b3BlbmVk"), None);
    }

    #[test]
    fn one_end_and_a_size_up_to_a_hundred_are_wanted() {
        let window = |first, last, after: Option<&str>| {
            let page = PageArgs {
                first,
                last,
                after: after.map(str::to_owned),
                before: None,
            };
            page.window(CaseOrder::NewestFirst)
        };
        assert_eq!(
            window(Some(100), None, None),
            Ok(Window {
                size: 100,
                backwards: false,
                from: None
            })
        );
        assert_eq!(
            window(None, Some(1), None),
            Ok(Window {
                size: 1,
                backwards: true,
                from: None
            })
        );
        assert_eq!(window(None, None, None), Err(("first", "PAGE_SIZE")));
        assert_eq!(window(Some(1), Some(1), None), Err(("first", "PAGE_SIZE")));
        assert_eq!(window(Some(101), None, None), Err(("first", "PAGE_SIZE")));
        assert_eq!(window(Some(-1), None, None), Err(("first", "PAGE_SIZE")));
        assert_eq!(window(None, Some(0), None), Err(("last", "PAGE_SIZE")));
        assert_eq!(window(Some(1), None, Some("x")), Err(("after", "CURSOR")));
    }
}
