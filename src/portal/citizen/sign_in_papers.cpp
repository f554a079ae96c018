// Signing in by the numbers on health card and household certificate.
#include "account_pages.hpp"
#include "messages/mobile.hpp"
#include "page/sign_in.hpp"
#include "sign_in_mobile.hpp"
#include "sign_in_pages.hpp"

namespace minben::citizen {

namespace {

struct Question {
  std::string_view name, label, hint;
  page::Width width;
};

std::array<Question, 3> questions(Language language) {
  return {{{"national_id", msg::mobile_number_label(language), msg::mobile_number_hint(language),
            page::Width::w20},
           {"household_number", msg::mobile_household_label(language),
            msg::mobile_household_hint(language), page::Width::w10},
           {"health_card_number", msg::papers_card_label(language), msg::papers_card_hint(language),
            page::Width::w20}}};
}

void questions_part(Writer& form, const Visit& visit, std::span<const Question> asked,
                    std::string_view error) {
  for (const Question& one : asked)
    page::text_input(form,
                     {.name = std::string(one.name),
                      .label = std::string(one.label),
                      .hint = std::string(one.hint),
                      .error = one.name == error ? mobile_refusal(visit.language, error) : ""},
                     {.value = std::string(visit.request.form.get(one.name)),
                      .width = one.width,
                      .spellcheck = false});
}

net::Response papers_view(const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  const auto asked = questions(language);
  const bool about_one = std::ranges::find(asked, error, &Question::name) != asked.end();
  return html_page(
      visit, method_frame(visit, msg::papers_title(language), error, about_one ? error : ""),
      [&](Writer& page) {
        page::heading(page, 1, msg::papers_title(language), Size::l);
        page::paragraph(page, msg::papers_text(language));
        page::paragraph(page, msg::papers_why(language));
        page::form(page, visit, visit.url({"sign-in", "health-card"}), [&](Writer& p) {
          page::hidden(p, "return", page::return_address(visit));
          questions_part(p, visit, asked, error);
          page::button(p, msg::mobile_first_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_papers(const Parts&, Visit& visit) { return papers_view(visit, {}); }

Result<net::Response> sign_in(const Parts& parts, Visit& visit) {
  if (!parts.registers) return fail(Kind::not_found, "no_such_page");
  const net::Form& form = visit.request.form;
  const identity::RegisterQuestion question{
      .national_id = std::string(form.get("national_id")),
      .household_number = std::string(form.get("household_number")),
      .health_card_number = std::string(form.get("health_card_number")),
      .language = visit.language};
  const auto done = parts.identity.sign_in_with_documents(
      parts.registers, question, visit.request.remote_address,
      {.token = visit.visitor.token, .user_agent = visit.request.headers.get("User-Agent")});
  if (done) return visit.site.signed_in(visit, *done, page::return_address(visit));
  note_refusal(identity::method::health_card, done.error());
  if (done.error().kind == Kind::internal) return fail(done.error());
  const bool closed = done.error().code == "account_closed";
  return papers_view(visit, closed ? "deceased" : done.error().code);
}

// --------------------------------------------------------------- added to the own account

/// The account knows the number already.
net::Response link_view(const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  const auto all = questions(language);
  const auto asked = std::span(all).subspan(1);
  const bool about_one = std::ranges::find(asked, error, &Question::name) != asked.end();
  Frame made = account_frame(visit, msg::methods_add_papers(language));
  if (!error.empty())
    made.errors.push_back(
        {about_one ? std::string(error) : std::string(), mobile_refusal(language, error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::methods_add_papers(language), Size::l);
        page::paragraph(page, msg::papers_link_text(language));
        page::form(page, visit, visit.url({"account", "methods", "health-card"}), [&](Writer& p) {
          questions_part(p, visit, asked, error);
          page::button(p, msg::papers_link_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_link(const Parts&, Visit& visit) { return link_view(visit, {}); }

Result<net::Response> link(const Parts& parts, Visit& visit) {
  if (!parts.registers) return fail(Kind::not_found, "no_such_page");
  const net::Form& form = visit.request.form;
  const auto done = parts.identity.link_documents(
      parts.registers, visit.session(),
      {.national_id = {},
       .household_number = std::string(form.get("household_number")),
       .health_card_number = std::string(form.get("health_card_number"))},
      visit.request.remote_address);
  if (done)
    return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                               msg::papers_linked(visit.language));
  note_refusal(identity::method::health_card, done.error());
  if (done.error().kind == Kind::internal) return fail(done.error());
  return link_view(visit, done.error().code);
}

}  // namespace

void papers_part(Writer& page, const Visit& visit) {
  if (!visit.site.config().health_cards) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::papers_heading(language));
  page::paragraph(page, msg::papers_text(language));
  const std::string back = page::return_address(visit);
  const Url url = visit.url({"sign-in", "health-card"});
  page::link_button(page, msg::papers_use(language), back.empty() ? url : url.with("return", back),
                    page::ButtonStyle::secondary);
}

void add_sign_in_papers(Pages& pages) {
  pages.get("/sign-in/health-card", page::access::anyone, show_papers);
  pages.post("/sign-in/health-card", page::access::anyone, sign_in, 4096);
  pages.get("/account/methods/health-card", page::access::signed_in_strongly, show_link);
  pages.post("/account/methods/health-card", page::access::signed_in_strongly, link, 4096);
}

}  // namespace minben::citizen
