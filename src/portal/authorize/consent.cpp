// From a client's request to its answer: sign in, be sure enough, agree.
#include "page/sign_in.hpp"
#include "parts.hpp"

namespace minben::authorize {

namespace {

using identity::Assurance;
using openid::Interaction;
using openid::Next;

std::optional<openid::SignIn> sign_in_of(const Visit& visit) {
  if (!visit.signed_in() || visit.session().person() == nullptr) return std::nullopt;
  const identity::Session& session = visit.session();
  return openid::SignIn{.person = session.principal(),
                        .session = session.id,
                        .assurance = identity::eidas(session.levels),
                        .amr = session.amr,
                        .at = session.signed_in_at,
                        .act = session.act()};
}

/// What another system may then do in the principal's name is nobody's to narrow: only a mandate
/// for everything signs in elsewhere.
Result<void> may_sign_in(const Visit& visit) {
  if (!visit.signed_in() || !visit.session().acting) return {};
  const identity::Powers& powers = visit.session().acting->powers;
  if (powers.services && powers.data && powers.only.empty()) return {};
  return fail(Kind::forbidden, "mandate_not_for_this");
}

std::string_view level_text(Language language, Assurance level) {
  switch (level) {
    case Assurance::none:
      return msg::openid_level_none(language);
    case Assurance::low:
      return msg::openid_level_low(language);
    case Assurance::substantial:
      return msg::openid_level_substantial(language);
    case Assurance::high:
      return msg::openid_level_high(language);
  }
  return {};
}

Url address(const Visit& visit, const Interaction& interaction) {
  return visit.url({"openid", interaction.token});
}

/// Browsers apply the form-action of the page whose form began it to all redirects that follow, and
/// the sign-in page knows nothing of this client: from there the way leads over a page of ours.
net::Response leave(const Visit& visit, const Interaction& interaction,
                    const std::string& location) {
  const bool just_now = visit.signed_in() && visit.session().signed_in_at >= interaction.begun_at;
  const auto target = Url::outside(location);
  if (!just_now || !target) return net::Response::see_other(location);
  const Language language = visit.language;
  const std::string& client = interaction.client->name.in(language);
  auto response =
      html_page(visit, {.title = msg::openid_leaving_title(language, client)}, [&](Writer& page) {
        page::heading(page, 1, msg::openid_leaving_title(language, client), Size::l);
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::openid_leaving_text(language), *target);
        page << "</p>";
      });
  response.headers.set("Refresh", "0;url=" + location);
  response.headers.set("Referrer-Policy", "no-referrer");
  guard_page(response, {});
  return response;
}

void decision(Writer& page, const Visit& visit, const Interaction& interaction,
              page::Content content) {
  page::form(page, visit, address(visit, interaction), content);
}

net::Response step_up_page(const Visit& visit, const Interaction& interaction) {
  const Language language = visit.language;
  const std::string& client = interaction.client->name.in(language);
  const auto needed = interaction.request.needed().value_or(Assurance::high);
  const Url sign_in = visit.url({"sign-in"})
                          .with("return", address(visit, interaction).text())
                          .with("why", "strongly");
  auto response =
      html_page(visit, {.title = msg::openid_step_up_title(language, client)}, [&](Writer& page) {
        page::heading(page, 1, msg::openid_step_up_title(language, client), Size::l);
        page::paragraph(page, msg::openid_step_up_text(
                                  language, level_text(language, needed),
                                  level_text(language, identity::eidas(visit.session().levels))));
        page::link_button(page, msg::openid_step_up_sign_in(language), sign_in);
        decision(page, visit, interaction, [&](Writer& p) {
          page::button(p, {.text = msg::openid_step_up_back(language, client),
                           .style = page::ButtonStyle::secondary,
                           .name = "decision",
                           .value = "too-weak"});
        });
      });
  guard_page(response, openid::origin_of(interaction.request.redirect_uri));
  return response;
}

void who_signs_in(Writer& page, const Visit& visit, const Interaction& interaction,
                  const std::string& name) {
  const Language language = visit.language;
  page::inset_text(page, [&](Writer& p) {
    page::paragraph(
        p, msg::openid_consent_as(
               language, level_text(language, identity::eidas(visit.session().levels)), name));
    p << "<p class=\"govuk-body\">";
    page::link(p, msg::openid_consent_other(language),
               visit.url({"sign-in"}).with("return", address(visit, interaction).text()));
    p << "</p>";
  });
}

Result<net::Response> consent_page(const Parts& parts, const Visit& visit,
                                   const Interaction& interaction) {
  const Language language = visit.language;
  const openid::Client& client = *interaction.client;
  const std::string& name = client.name.in(language);
  MINBEN_TRY(person, parts.database.separately([&](store::Transaction& tx) {
    return parts.identity.person(tx, visit.principal());
  }));
  const std::string& shown =
      person.profile.name.empty() ? person.profile.email : person.profile.name;
  auto response =
      html_page(visit, {.title = msg::openid_consent_title(language, name)}, [&](Writer& page) {
        page::heading(page, 1, msg::openid_consent_title(language, name), Size::l);
        page::paragraph(
            page, msg::openid_consent_text(language, name,
                                           openid::host_of(interaction.request.redirect_uri)));
        page::heading(page, 2, msg::openid_consent_gets(language));
        scope_list(page, language, interaction.request.scopes);
        page::paragraph(page, msg::openid_consent_not(language));
        who_signs_in(page, visit, interaction, shown);
        if (const auto policy = Url::outside(client.policy_uri)) {
          page << "<p class=\"govuk-body\">";
          page::outside_link(page, language, msg::openid_consent_policy(language, name), *policy);
          page << "</p>";
        }
        page::details(page, msg::openid_consent_take_back(language), [&](Writer& p) {
          page::paragraph(p, msg::openid_consent_take_back_text(language));
        });
        decision(page, visit, interaction, [&](Writer& p) {
          page::button_group(p, [&](Writer& group) {
            page::button(group, {.text = std::string(msg::openid_allow(language)),
                                 .name = "decision",
                                 .value = "allow"});
            page::button(group, {.text = std::string(msg::openid_refuse(language)),
                                 .style = page::ButtonStyle::secondary,
                                 .name = "decision",
                                 .value = "refuse"});
          });
        });
      });
  guard_page(response, openid::origin_of(interaction.request.redirect_uri));
  return response;
}

/// Where somebody else vouches for people, they have to do what the client asked of us.
net::Response to_sign_in(const Visit& visit, const Interaction& interaction) {
  const openid::AuthorizationRequest& request = interaction.request;
  const bool strongly = request.needed() >= Assurance::substantial;
  if (strongly || !(request.prompt_login || request.max_age))
    return visit.site.to_sign_in(visit, identity::Realm::person, strongly);
  return page::redirect(visit.url({"sign-in"})
                            .with("return", address(visit, interaction).text())
                            .with("why", "again"));
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(may_sign_in(visit));
  MINBEN_TRY(interaction, parts.provider.interaction(visit.request.parameter("interaction")));
  const auto sign_in = sign_in_of(visit);
  MINBEN_TRY(next, parts.provider.next(interaction, sign_in));
  if (const auto error = openid::Provider::silent_error(interaction, next)) {
    MINBEN_TRY(location, parts.provider.refuse(interaction, *error));
    return leave(visit, interaction, location);
  }
  switch (next) {
    case Next::sign_in:
    case Next::sign_in_again: {
      auto response = to_sign_in(visit, interaction);
      page::suggest_email(visit, response, interaction.request.login_hint);
      return response;
    }
    case Next::sign_in_stronger:
      return step_up_page(visit, interaction);
    case Next::ask:
      return consent_page(parts, visit, interaction);
    case Next::answer:
      break;
  }
  MINBEN_TRY(location, parts.provider.allow(interaction, *sign_in));
  return leave(visit, interaction, location);
}

Result<net::Response> decide(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(may_sign_in(visit));
  MINBEN_TRY(interaction, parts.provider.interaction(visit.request.parameter("interaction")));
  // Held while its sender signed in anew: the page that sent it now leads to no other site.
  if (visit.visitor.sent_held_form) return page::redirect(address(visit, interaction));
  const std::string_view decision = visit.request.form.get("decision");
  if (decision == "allow") {
    MINBEN_TRY(location, parts.provider.allow(interaction, *sign_in_of(visit)));
    return net::Response::see_other(location);
  }
  const bool too_weak = decision == "too-weak";
  if (!too_weak && decision != "refuse")
    return fail(Kind::invalid, "missing", "allow or refuse", "decision");
  MINBEN_TRY(location,
             parts.provider.refuse(interaction, too_weak ? openid::error::unmet_authentication
                                                         : openid::error::access_denied));
  return net::Response::see_other(location);
}

}  // namespace

void add_consent(Pages& pages) {
  pages.get("/openid/{interaction}", page::access::anyone, show);
  pages.post("/openid/{interaction}", page::access::also_acting, decide, 8192);
}

}  // namespace minben::authorize
