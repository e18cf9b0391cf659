//! Keeping the register of marks.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use zhengming_marks::{Goods, SimilarGroup};

use crate::{
    graphql::{
        context::ContextExt as _,
        error::{UserError, user_errors},
        query::marks::read_classes,
        types::mark::Mark,
    },
    service::register::{self, NewMark},
};

/// The register.
#[derive(Default)]
pub struct RegisterMutation;

/// A mark to be entered.
#[derive(InputObject)]
pub struct RegisterMarkInput {
    /// Wording, 1 to 200 characters.
    name: String,
    /// Number given by the trademark office.
    registration_no: Option<String>,
    /// Registered owner.
    #[graphql(default)]
    owner: String,
    /// Sign-in name of the account that was found to be the owner's. Whoever watches the mark with it is told of each report that names
    /// the mark as imitated: the sign, and nothing else of the report.
    owner_login: Option<String>,
    /// Classes of goods and services (Nice), 1 to 45.
    #[graphql(default)]
    classes: Vec<i32>,
    /// Similar groups of goods and services (类似群), four digits each, of which the first two are the class.
    #[graphql(default)]
    similar_groups: Vec<String>,
    /// Other names of the same mark.
    #[graphql(default)]
    aliases: Vec<String>,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same mark.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct RegisterMarkPayload {
    /// The mark; null if none was entered.
    mark: Option<Mark>,
    /// What has to be mended; empty if it was entered.
    user_errors: Vec<UserError>,
}

#[Object]
impl RegisterMutation {
    /// Enters a mark into the register. For analysts and administrators.
    async fn register_mark(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mark.")] input: RegisterMarkInput,
    ) -> Result<RegisterMarkPayload> {
        let request = ctx.request()?;
        let Some(classes) = read_classes(&input.classes) else {
            let user_errors = vec![UserError::of(request.locale, &["classes"], "INVALID_CLASS")];
            return Ok(RegisterMarkPayload {
                mark: None,
                user_errors,
            });
        };
        let groups: Result<Vec<SimilarGroup>, _> = input.similar_groups.iter().map(|group| group.parse()).collect();
        let Ok(groups) = groups else {
            let user_errors = vec![UserError::of(request.locale, &["similarGroups"], "INVALID_GROUP")];
            return Ok(RegisterMarkPayload {
                mark: None,
                user_errors,
            });
        };
        let new = NewMark {
            name: input.name,
            registration_no: input.registration_no,
            owner: input.owner,
            owner_login: input.owner_login,
            goods: Goods::new(&classes, &groups),
            aliases: input.aliases,
        };
        let entering = register::register_mark(&request.app, &request.actor, new, &input.idempotency_key);
        Ok(match Box::pin(entering).await {
            Ok(row) => RegisterMarkPayload {
                mark: Some(Mark::from(&row)),
                user_errors: Vec::new(),
            },
            Err(error) => RegisterMarkPayload {
                mark: None,
                user_errors: user_errors(request, error)?,
            },
        })
    }
}
