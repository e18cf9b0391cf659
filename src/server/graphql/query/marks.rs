//! The register of marks.

use async_graphql::{Context, InputObject, Object, Result};
use zhengming_marks::{Goods, MatchOptions};

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{bad_input, refusal},
        types::{
            connection::LARGEST_PAGE,
            mark::{Mark, MarkComparison, MarkMatch},
        },
    },
    service::register,
};

/// Which marks of the register to look at; all by itself.
#[derive(Default, InputObject)]
pub struct MarkFilter {
    /// Of these statuses, as the register words them, whatever their case; none for all.
    #[graphql(default)]
    statuses: Vec<String>,
    /// Of this owner, whatever the case of the name.
    owner: Option<String>,
    /// Of at least this fame, 0 to 100.
    #[graphql(default)]
    least_fame: i32,
}

/// The public register of marks.
#[derive(Default)]
pub struct MarkQuery;

#[Object]
impl MarkQuery {
    /// The registered marks that a name resembles in sound, shape or spelling, best first. Open to everybody.
    async fn match_marks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A name of up to 200 characters.")] name: String,
        #[graphql(desc = "At most so many, 1 to 100.", default = 10)] first: i32,
        #[graphql(desc = "Only marks of these classes (Nice, 1 to 45); none for all.", default)] classes: Vec<i32>,
        #[graphql(desc = "Only such marks.", default)] filter: MarkFilter,
    ) -> Result<Vec<MarkMatch>> {
        let request = ctx.request()?;
        let size = u32::try_from(first)
            .ok()
            .filter(|size| (1..=LARGEST_PAGE).contains(size));
        let size = size.ok_or_else(|| bad_input(request.locale, "first", "PAGE_SIZE"))?;
        let classes = read_classes(&classes).ok_or_else(|| bad_input(request.locale, "classes", "INVALID_CLASS"))?;
        let least_fame = u8::try_from(filter.least_fame).ok().filter(|fame| *fame <= 100);
        let options = MatchOptions {
            limit: size as usize,
            classes,
            statuses: filter.statuses,
            owner: filter.owner,
            least_fame: least_fame.ok_or_else(|| bad_input(request.locale, "leastFame", "INVALID_FAME"))?,
            ..MatchOptions::default()
        };
        let found = register::match_marks(&request.app, &name, options).await;
        Ok(found
            .map_err(|error| refusal(request, error))?
            .into_iter()
            .map(MarkMatch::from)
            .collect())
    }

    /// Two names side by side: score, aspects, and which pieces answer to which. Open to everybody.
    async fn compare_marks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A name of up to 200 characters, as it was found.")] name: String,
        #[graphql(desc = "Another, of the mark.")] mark: String,
        #[graphql(
            desc = "For what the name is used: classes (Nice, 1 to 45) and similar groups of four digits; none if unknown.",
            default
        )]
        name_goods: Vec<String>,
        #[graphql(desc = "For what the mark is registered, likewise.", default)] mark_goods: Vec<String>,
    ) -> Result<MarkComparison> {
        let request = ctx.request()?;
        let read = |field: &'static str, given: &[String]| {
            read_goods(given).ok_or_else(|| bad_input(request.locale, field, "INVALID_GOODS"))
        };
        let nearness = read("nameGoods", &name_goods)?.nearness(&read("markGoods", &mark_goods)?);
        let compared = register::compare(&request.app, &name, &mark).map_err(|error| refusal(request, error))?;
        Ok(MarkComparison::new(compared, &nearness))
    }
}

/// Classes of goods and services; `None` if one is not between 1 and 45.
pub(crate) fn read_classes(classes: &[i32]) -> Option<Vec<u8>> {
    let class = |class: &i32| u8::try_from(*class).ok().filter(|class| (1..=45).contains(class));
    classes.iter().map(class).collect()
}

/// Classes and similar groups; `None` if one is neither.
fn read_goods(given: &[String]) -> Option<Goods> {
    given.join(",").parse().ok()
}

/// A mark of the register.
pub(crate) async fn find_mark(request: &RequestContext, key: &str) -> Result<Option<Mark>> {
    match register::mark(&request.app, key).await {
        Ok(row) => Ok(Some(Mark::from(&row))),
        Err(crate::service::Error::NotFound) => Ok(None),
        Err(error) => Err(refusal(request, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::read_classes;

    #[test]
    fn classes_run_from_1_to_45() {
        assert_eq!(read_classes(&[1, 45]), Some(vec![1, 45]));
        assert_eq!(read_classes(&[]), Some(vec![]));
        for wrong in [0, 46, -1, 300] {
            assert_eq!(read_classes(&[25, wrong]), None, "{wrong}");
        }
    }
}
