// Signing in by an approval on the phone. No page needs script: who waits looks again by a button,
// or lets the page do so, which they choose because a page that changes by itself interrupts
// readers.
#include "sign_in_mobile.hpp"
#include "sign_in_pages.hpp"

#include "documents/symbol.hpp"
#include "identity/mobile_approval.hpp"
#include "messages/mobile.hpp"
#include "page/sign_in.hpp"

namespace minben::citizen {

namespace {

using identity::Approval;
using identity::ApprovalMode;
using identity::ApprovalState;

constexpr int quiet_zone = 8;  // of a QR code, in the units of its drawing: four modules

Url start_page(const Visit& visit) { return visit.url({"sign-in", "mobile"}); }
Url request_page(const Visit& visit) {
  const std::string back = page::return_address(visit);
  const Url url = start_page(visit).below({"request"});
  return back.empty() ? url : url.with("return", back);
}

identity::Client client_of(const Visit& visit) {
  return {.token = visit.visitor.token, .user_agent = visit.request.headers.get("User-Agent")};
}

const identity::Session* own_session(const Visit& visit) {
  return visit.signed_in() ? &visit.session() : nullptr;
}

// ------------------------------------------------------------------------------------- start

void without_number(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  page::heading(page, 2, msg::mobile_other(language));
  page::paragraph(page, msg::mobile_other_text(language));
  page::form(page, visit, start_page(visit), [&](Writer& p) {
    page::hidden(p, "return", page::return_address(visit));
    page::button_group(p, [&](Writer& group) {
      page::button(group, {.text = std::string(msg::mobile_scan(language)),
                           .style = page::ButtonStyle::secondary,
                           .name = "mode",
                           .value = "scan"});
      page::button(group, {.text = std::string(msg::mobile_link(language)),
                           .style = page::ButtonStyle::secondary,
                           .name = "mode",
                           .value = "link"});
    });
  });
}

net::Response start_view(const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  const std::string field = error == "national_id" ? "national_id" : "";
  return html_page(
      visit, method_frame(visit, msg::mobile_title(language), error, field),
      [&](Writer& page) {
        page::heading(page, 1, msg::mobile_title(language), Size::l);
        page::form(page, visit, start_page(visit), [&](Writer& p) {
          page::hidden(p, "return", page::return_address(visit));
          page::text_input(p,
                           {.name = "national_id",
                            .label = std::string(msg::mobile_number_label(language)),
                            .hint = std::string(msg::mobile_number_hint(language)),
                            .error = field.empty() ? "" : mobile_refusal(language, error)},
                           {.value = std::string(visit.request.form.get("national_id")),
                            .width = page::Width::w20,
                            .spellcheck = false});
          page::button(
              p,
              {.text = std::string(msg::mobile_push(language)), .name = "mode", .value = "push"});
        });
        without_number(page, visit);
      },
      error.empty() ? 200 : 422);
}

net::Response not_offered(const Visit& visit) {
  return html_page(visit, method_frame(visit, msg::mobile_title(visit.language), {}, {}),
                   [&](Writer& page) {
                     page::heading(page, 1, msg::mobile_title(visit.language), Size::l);
                     page::paragraph(page, msg::mobile_not_offered(visit.language));
                   });
}

Result<net::Response> show_start(const Parts& parts, Visit& visit) {
  return parts.approvals == nullptr ? not_offered(visit) : start_view(visit, {});
}

Result<net::Response> start(const Parts& parts, Visit& visit) {
  if (parts.approvals == nullptr) return not_offered(visit);
  const net::Form& form = visit.request.form;
  identity::ApprovalWish wish;
  if (form.get("mode") == "scan") wish.mode = ApprovalMode::scan;
  if (form.get("mode") == "link") wish.mode = ApprovalMode::link;
  wish.national_id = form.get("national_id");
  wish.browser = visit.visitor.anchor;
  wish.network = visit.request.remote_address;
  const auto begun = parts.approvals->start(wish);
  if (begun) return page::redirect(request_page(visit));
  note_refusal(identity::method::mobile_approval, begun.error());
  if (begun.error().kind == Kind::internal) return fail(begun.error());
  return start_view(visit, begun.error().code);
}

// ------------------------------------------------------------------------------------- waiting

void qr_code(Writer& page, Language language, const std::string& link) {
  const auto symbol = documents::draw_symbol(documents::Symbology::qr, link);
  if (!symbol) return;
  std::string path;
  for (const auto& bar : symbol->bars)
    path += fmt::format("M{} {}h{}v{}h-{}z", bar.x, bar.y, bar.width, bar.height, bar.width);
  const double side = symbol->width + 2 * quiet_zone;
  page << "<p class=\"govuk-body\"><svg role=\"img\" width=\"280\" height=\"280\" viewBox=\""
       << fmt::format("-{0} -{0} {1} {1}", quiet_zone, side) << "\" aria-label=\""
       << msg::mobile_qr_about(language) << "\"><path fill=\"#fff\" d=\""
       << fmt::format("M-{0} -{0}h{1}v{1}h-{1}z", quiet_zone, side)
       << "\"/><path fill=\"#000\" d=\"" << path << "\"/></svg></p>";
}

void what_to_do(Writer& page, const Visit& visit, const Approval& approval) {
  const Language language = visit.language;
  if (approval.mode == ApprovalMode::push)
    return page::paragraph(page, msg::mobile_wait_push(language, approval.expires_at));
  if (approval.mode == ApprovalMode::scan) {
    page::paragraph(page, msg::mobile_wait_scan(language, approval.expires_at));
    return qr_code(page, language, approval.link);
  }
  page::paragraph(page, msg::mobile_wait_link(language, approval.expires_at));
  if (const auto app = Url::outside(approval.link))
    page::link_button(page, msg::mobile_open_app(language), *app, page::ButtonStyle::secondary);
}

void number_to_compare(Writer& page, Language language, int number) {
  page::inset_text(page, [&](Writer& p) {
    p << "<h2 class=\"govuk-heading-m\">" << msg::mobile_code_label(language)
      << "</h2><p class=\"govuk-heading-xl mb-code\">" << number << "</p><p class=\"govuk-body\">"
      << msg::mobile_code_text(language) << "</p>";
  });
}

net::Response waiting_view(const Visit& visit, const Approval& approval) {
  const Language language = visit.language;
  const bool by_itself = visit.request.query.get("auto") == "yes";
  net::Response response = html_page(
      visit, method_frame(visit, msg::mobile_wait_title(language), {}, {}), [&](Writer& page) {
        page::heading(page, 1, msg::mobile_wait_title(language), Size::l);
        number_to_compare(page, language, approval.number);
        what_to_do(page, visit, approval);
        page << "<p class=\"govuk-body\" role=\"status\">";
        if (approval.state == ApprovalState::seen) page << msg::mobile_seen(language);
        if (approval.state == ApprovalState::unreachable) page << msg::mobile_unreachable(language);
        page << "</p>";
        page::button_group(page, [&](Writer& p) {
          page::link_button(p, msg::mobile_continue(language), request_page(visit));
          if (by_itself) page::link(p, msg::mobile_auto_stop(language), request_page(visit));
          else page::link(p, msg::mobile_auto(language), request_page(visit).with("auto", "yes"));
          page::link(p, msg::mobile_back(language), start_page(visit));
        });
      });
  if (by_itself) response.headers.set("Refresh", "5");
  return response;
}

net::Response ended_view(const Visit& visit, ApprovalState state) {
  const Language language = visit.language;
  std::string_view title = msg::mobile_ended_unusable(language),
                   text = msg::mobile_ended_unusable_text(language);
  if (state == ApprovalState::refused) {
    title = msg::mobile_ended_refused(language);
    text = msg::mobile_ended_refused_text(language);
  }
  if (state == ApprovalState::expired) {
    title = msg::mobile_ended_expired(language);
    text = msg::mobile_ended_expired_text(language);
  }
  return html_page(visit, method_frame(visit, title, {}, {}), [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, text);
    page::link_button(page, msg::mobile_back(language), start_page(visit));
  });
}

// ------------------------------------------------------------------------------------- first use

net::Response first_view(const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  return html_page(
      visit, method_frame(visit, msg::mobile_first_title(language), error, "household_number"),
      [&](Writer& page) {
        page::heading(page, 1, msg::mobile_first_title(language), Size::l);
        page::paragraph(page, msg::mobile_first_text(language));
        page::form(page, visit, start_page(visit).below({"first"}), [&](Writer& p) {
          page::hidden(p, "return", page::return_address(visit));
          page::text_input(p,
                           {.name = "household_number",
                            .label = std::string(msg::mobile_household_label(language)),
                            .hint = std::string(msg::mobile_household_hint(language)),
                            .error = error.empty() ? "" : mobile_refusal(language, error)},
                           {.value = std::string(visit.request.form.get("household_number")),
                            .width = page::Width::w10,
                            .spellcheck = false});
          page::button(p, msg::mobile_first_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> finish(const Parts& parts, Visit& visit) {
  const auto done = parts.approvals->finish(visit.visitor.anchor, client_of(visit));
  if (done) return visit.site.signed_in(visit, *done, page::return_address(visit));
  if (done.error().code == "not_bound" || done.error().code == "account_closed")
    return first_view(visit, {});
  note_refusal(identity::method::mobile_approval, done.error());
  if (done.error().kind == Kind::internal) return fail(done.error());
  return start_view(visit, done.error().code);
}

Result<net::Response> show_request(const Parts& parts, Visit& visit) {
  if (parts.approvals == nullptr) return not_offered(visit);
  const auto approval = parts.approvals->look(visit.visitor.anchor);
  if (!approval && approval.error().code == "no_approval") return page::redirect(start_page(visit));
  if (!approval) return fail(approval.error());
  switch (approval->state) {
    case ApprovalState::approved:
      return finish(parts, visit);
    case ApprovalState::waiting:
    case ApprovalState::seen:
    case ApprovalState::unreachable:
      return waiting_view(visit, *approval);
    default:
      return ended_view(visit, approval->state);
  }
}

Result<net::Response> first(const Parts& parts, Visit& visit) {
  if (parts.approvals == nullptr) return not_offered(visit);
  const auto done =
      parts.approvals->first_use(visit.visitor.anchor, visit.request.form.get("household_number"),
                                 client_of(visit), own_session(visit), visit.language);
  if (done) return visit.site.signed_in(visit, *done, page::return_address(visit));
  note_refusal(identity::method::mobile_approval, done.error());
  if (done.error().kind == Kind::internal) return fail(done.error());
  if (done.error().code == "not_approved") return start_view(visit, done.error().code);
  return first_view(visit, done.error().code);
}

/// The language switch on a page that a form led to asks for its address.
Result<net::Response> look_again(const Parts&, Visit& visit) {
  return page::redirect(request_page(visit));
}

}  // namespace

std::string mobile_refusal(Language language, std::string_view code) {
  const auto known = msg::find_in_mobile(language, "mobile_refused_" + std::string(code));
  return std::string(known.value_or(msg::mobile_refused_other(language)));
}

Frame method_frame(const Visit& visit, std::string_view title, std::string_view error,
                   std::string_view field) {
  Frame made = frame(visit, title);
  made.back =
      page::Link{std::string(msg::mobile_other_ways(visit.language)), visit.url({"sign-in"})};
  if (!error.empty())
    made.errors.push_back({std::string(field), mobile_refusal(visit.language, error)});
  return made;
}

void mobile_part(Writer& page, const Visit& visit) {
  if (!visit.site.config().mobile_approval) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::mobile_heading(language));
  page::paragraph(page, msg::mobile_text(language));
  const std::string back = page::return_address(visit);
  const Url url = start_page(visit);
  page::link_button(page, msg::mobile_use(language), back.empty() ? url : url.with("return", back),
                    page::ButtonStyle::secondary);
}

void add_sign_in_mobile(Pages& pages) {
  using page::access::anyone;
  pages.get("/sign-in/mobile", anyone, show_start);
  pages.post("/sign-in/mobile", anyone, start, 4096);
  pages.get("/sign-in/mobile/request", anyone, show_request);
  pages.get("/sign-in/mobile/first", anyone, look_again);
  pages.post("/sign-in/mobile/first", anyone, first, 4096);
}

}  // namespace minben::citizen
