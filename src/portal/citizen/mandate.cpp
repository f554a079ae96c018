// Giving a mandate, taking one with a code, and one mandate with its history.
#include <charconv>

#include "mandate_view.hpp"

namespace minben::citizen {

namespace {

using identity::Mandate;
using identity::MandateState;

// ------------------------------------------------------------------------------------- giving

struct Asked {
  identity::NewMandate mandate;
  page::DateParts until;
};

Asked read_new(const Visit& visit) {
  const net::Form& form = visit.request.form;
  Asked asked;
  for (const std::string_view power : form.all("power")) {
    if (power == "services") asked.mandate.powers.services = true;
    if (power == "data") asked.mandate.powers.data = true;
  }
  if (asked.mandate.powers.services)
    for (const std::string_view text : form.all("service"))
      if (auto code = ServiceCode::parse(text))
        asked.mandate.powers.only.push_back(std::move(*code));
  asked.until = page::date_parts(form, "until");
  if (const auto date = parse_date(page::date_text(asked.until))) asked.mandate.until = *date;
  asked.mandate.note = trim(form.get("note"));
  return asked;
}

void new_fields(Writer& p, const Parts& parts, const Visit& visit, const Asked& asked,
                const Error& error) {
  const Language language = visit.language;
  const auto wrong = [&](std::string_view field) {
    return error.field == field ? page::error_text(language, error.code) : std::string();
  };
  const auto field = [&](std::string_view name, std::string_view label, std::string_view hint) {
    return page::Field{.name = std::string(name),
                       .label = std::string(label),
                       .hint = std::string(hint),
                       .error = wrong(name == "power" ? "powers" : name)};
  };
  const identity::Powers& powers = asked.mandate.powers;
  const page::Choice kinds[] = {{"services", std::string(msg::power_services(language)),
                                 std::string(msg::power_services_hint(language)), powers.services},
                                {"data", std::string(msg::power_data(language)),
                                 std::string(msg::power_data_hint(language)), powers.data}};
  page::checkboxes(p, field("power", msg::mandate_powers(language), {}), kinds);
  std::vector<page::Choice> services;
  for (const casework::PackagePtr& package : parts.casework.packages().all())
    services.push_back(
        {.value = package->code.value,
         .label = package->title.in(language),
         .chosen = std::ranges::find(powers.only, package->code) != powers.only.end()});
  page::checkboxes(p,
                   field("service", msg::mandate_new_services(language),
                         msg::mandate_new_services_hint(language)),
                   services);
  page::date_input(
      p, language,
      field("until", msg::mandate_new_until(language), msg::mandate_new_until_hint(language)),
      asked.until);
  page::text_input(p, field("note", msg::mandate_new_note(language), {}),
                   {.value = asked.mandate.note});
}

net::Response new_page(const Parts& parts, const Visit& visit, const Asked& asked,
                       const Error& error) {
  const Language language = visit.language;
  Frame made = mandate_frame(visit, msg::mandates_new(language));
  if (!error.code.empty())
    made.errors.push_back({error.field == "powers"  ? "power"
                           : error.field == "until" ? "until.year"
                                                    : error.field,
                           page::error_text(language, error.code)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::mandates_new(language), Size::l);
        page::paragraph(page, msg::mandate_new_text(language));
        page::form(page, visit, visit.url({"mandates", "new"}), [&](Writer& p) {
          new_fields(p, parts, visit, asked, error);
          page::button(p, msg::mandate_new_button(language));
        });
      },
      error.code.empty() ? 200 : 422);
}

Result<net::Response> show_new(const Parts& parts, Visit& visit) {
  if (!grantor(visit)) return fail(Kind::forbidden, "only_principals");
  Asked asked;
  asked.until = page::split_date(to_string(add_years(taiwan_date(visit.site.now()), 1)));
  return new_page(parts, visit, asked, {});
}

Result<net::Response> offer(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = read_new(visit);
  const auto made = parts.mandates->offer(visit.session(), asked.mandate);
  if (!made && made.error().kind == Kind::invalid)
    return new_page(parts, visit, asked, made.error());
  if (!made) return fail(made.error());
  return html_page(
      visit, mandate_frame(visit, msg::mandate_code_title(language)), [&](Writer& page) {
        page::panel(page, msg::mandate_code_title(language), [&](Writer& p) {
          p << "<strong class=\"mb-number\" translate=\"no\">" << made->code << "</strong>";
        });
        page::paragraph(page, msg::mandate_code_text(language, made->answer_by));
      });
}

// ------------------------------------------------------------------------------------- taking

net::Response code_page(const Visit& visit, std::string_view code, std::string_view error) {
  const Language language = visit.language;
  Frame made = mandate_frame(visit, msg::mandates_enter(language));
  if (!error.empty()) made.errors.push_back({"code", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::mandates_enter(language), Size::l);
        page::form(page, visit, visit.url({"mandates", "code"}), [&](Writer& p) {
          page::text_input(p,
                           {.name = "code",
                            .label = std::string(msg::mandate_enter_label(language)),
                            .hint = std::string(msg::mandate_enter_hint(language)),
                            .error = std::string(error)},
                           {.value = std::string(code),
                            .autocomplete = "off",
                            .width = page::Width::w20,
                            .spellcheck = false});
          page::button(p, msg::mandate_enter_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_code(const Parts&, Visit& visit) { return code_page(visit, {}, {}); }

/// A wrong code brings the form back; other errors have pages of their own.
Result<net::Response> code_refused(const Visit& visit, std::string_view code, const Error& error) {
  if (error.code == "no_such_code" || error.code == "own_mandate")
    return code_page(visit, code, page::error_text(visit.language, error.code));
  return fail(error);
}

Result<net::Response> show_offer(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string_view code = visit.request.form.get("code");
  const auto mandate =
      parts.mandates->find_offer(visit.session(), code, visit.request.remote_address);
  if (!mandate) return code_refused(visit, code, mandate.error());
  const std::string title = msg::mandate_offer_title(language, mandate->principal_name);
  return html_page(visit, mandate_frame(visit, title), [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::summary_list(page, [&](Writer& list) { mandate_rows(list, parts, visit, *mandate); });
    page::form(page, visit, visit.url({"mandates", "accept"}), [&](Writer& p) {
      page::hidden(p, "code", code);
      page::button_group(p, [&](Writer& group) {
        page::button(group, msg::mandate_accept(language));
        page::button(group, {.text = std::string(msg::mandate_decline(language)),
                             .style = page::ButtonStyle::secondary,
                             .sends_to = visit.url({"mandates", "decline"})});
      });
    });
  });
}

Result<net::Response> accept(const Parts& parts, Visit& visit) {
  const std::string_view code = visit.request.form.get("code");
  const auto id = parts.mandates->accept(visit.session(), code, visit.request.remote_address);
  if (!id) return code_refused(visit, code, id.error());
  return page::redirect_with(visit, visit.url({"mandates"}), page::Notice::success,
                             msg::mandate_accepted_done(visit.language));
}

Result<net::Response> decline(const Parts& parts, Visit& visit) {
  const std::string_view code = visit.request.form.get("code");
  const auto done = parts.mandates->decline(visit.session(), code, visit.request.remote_address);
  if (!done) return code_refused(visit, code, done.error());
  return page::redirect_with(visit, visit.url({"mandates"}), page::Notice::info,
                             msg::mandate_declined_done(visit.language));
}

// ---------------------------------------------------------------------------------------- one

struct Whole {
  Mandate mandate;
  std::vector<identity::MandateEvent> events;
  PersonId whose;
};

Result<Whole> load(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<identity::MandateId>("mandate"));
  return parts.transact([&](store::Transaction& tx) -> Result<Whole> {
    PersonId whose = visit.person();
    auto found = parts.mandates->find(tx, whose, id);
    if (const auto principal = grantor(visit); !found && principal) {
      whose = *principal;
      found = parts.mandates->find(tx, whose, id);
    }
    if (!found) return std::unexpected(found.error());
    MINBEN_TRY(events, parts.mandates->events(tx, whose, id));
    return Whole{std::move(*found), std::move(events), whose};
  });
}

std::string_view by(Language language, const Mandate& mandate,
                    const identity::MandateEvent& event) {
  if (event.actor.is_nil()) return msg::mandate_by_system(language);
  if (event.actor == mandate.principal) return msg::mandate_by_principal(language);
  if (event.actor == mandate.holder) return msg::mandate_by_holder(language);
  return msg::mandate_by_other(language);
}

void history(Writer& page, const Visit& visit, const Whole& whole) {
  const Language language = visit.language;
  page::heading(page, 2, msg::mandate_history(language));
  page::timeline(page, [&](Writer& list) {
    for (const identity::MandateEvent& event : whole.events) {
      // Before it was accepted nothing of it is the holder's.
      const bool has_receipt = whole.whose == whole.mandate.principal || event.event != "offered";
      page::timeline_item(list,
                          {.title = std::string(event_name(language, event.event)),
                           .time = long_time(event.at, language),
                           .machine_time = to_string(event.at),
                           .by = std::string(by(language, whole.mandate, event))},
                          [&](Writer& p) {
                            if (!has_receipt) return;
                            page::link(p, msg::mandate_receipt(language),
                                       visit.url({"mandates", to_string(whole.mandate.id), "events",
                                                  std::to_string(event.sequence)}));
                          });
    }
  });
}

void end_form(Writer& page, const Visit& visit, const Whole& whole) {
  const Language language = visit.language;
  const Mandate& mandate = whole.mandate;
  const bool held = mandate.holder == visit.person();
  if (mandate.state == MandateState::ended) return;
  if (!held && mandate.kind != identity::MandateKind::granted) return;
  page::paragraph(page, msg::mandate_end_text(language));
  page::form(page, visit, visit.url({"mandates", to_string(mandate.id), "end"}), [&](Writer& p) {
    page::button(p, {.text = std::string(held ? msg::mandate_renounce(language)
                                              : msg::mandate_end(language)),
                     .style = page::ButtonStyle::warning});
  });
}

Result<net::Response> show_mandate(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(whole, load(parts, visit));
  const Mandate& mandate = whole.mandate;
  return html_page(visit, mandate_frame(visit, msg::mandates_title(language)), [&](Writer& page) {
    page::heading(page, 1, msg::mandates_title(language), Size::l);
    page::summary_list(page, [&](Writer& list) {
      page::summary_row(list, msg::mandate_for(language), mandate.principal_name);
      page::summary_row(list, msg::mandate_who(language),
                        mandate.holder_name.empty() ? std::string(msg::mandate_nobody(language))
                                                    : mandate.holder_name);
      mandate_rows(list, parts, visit, mandate);
      if (!mandate.note.empty()) page::summary_row(list, msg::mandate_note(language), mandate.note);
      page::summary_row(
          list, msg::mandate_state(language),
          msg::find_in_mandates(language,
                                "mandate_state_" + std::string(identity::to_string(mandate.state)))
              .value_or(""));
    });
    end_form(page, visit, whole);
    history(page, visit, whole);
  });
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<identity::MandateId>("mandate"));
  MINBEN_CHECK(parts.mandates->end(visit.session(), id));
  return page::redirect_with(visit, visit.url({"mandates"}), page::Notice::success,
                             msg::mandate_ended_done(visit.language));
}

Result<net::Response> send_receipt(const Parts& parts, Visit& visit) {
  MINBEN_TRY(whole, load(parts, visit));
  const std::string_view text = visit.request.parameter("sequence");
  int sequence = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (wrong != std::errc() || end != text.data() + text.size())
    return fail(Kind::not_found, "no_such_event");
  MINBEN_TRY(receipt, parts.transact([&](store::Transaction& tx) {
    return parts.mandates->receipt(tx, parts.ledger, whole.whose, whole.mandate.id, sequence);
  }));
  return page::download(
      std::move(receipt), "application/octet-stream",
      fmt::format("mandate-{}-{}.receipt", to_string(whole.mandate.id), sequence));
}

}  // namespace

void add_mandate(Pages& pages) {
  using page::access::also_acting;
  using page::access::signed_in_strongly;
  pages.get("/mandates/new", also_acting, show_new);
  pages.post("/mandates/new", also_acting, offer, 16u << 10);
  pages.get("/mandates/code", signed_in_strongly, show_code);
  pages.post("/mandates/code", signed_in_strongly, show_offer, 4096);
  pages.post("/mandates/accept", signed_in_strongly, accept, 4096);
  pages.post("/mandates/decline", signed_in_strongly, decline, 4096);
  pages.get("/mandates/{mandate}", also_acting, show_mandate);
  pages.post("/mandates/{mandate}/end", also_acting, end, 4096);
  pages.get("/mandates/{mandate}/events/{sequence}", also_acting, send_receipt);
}

}  // namespace minben::citizen
