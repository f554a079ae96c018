// Acting for others: for whom one acts, who acts for oneself, and what the registers vouch for.
#include "mandate_view.hpp"

namespace minben::citizen {

using identity::Mandate;
using identity::MandateState;

Frame mandate_frame(const Visit& visit, std::string_view title) {
  Frame made = frame(visit, title, Section::account);
  made.back = page::Link{std::string(msg::mandates_title(visit.language)), visit.url({"mandates"})};
  return made;
}

std::string powers_text(const Parts& parts, Language language, const identity::Powers& powers) {
  const std::string_view separator = language == Language::zh_hant ? "、" : ", ";
  std::string text;
  if (powers.services) {
    std::string only;
    for (const ServiceCode& code : powers.only) {
      const auto package = parts.package(code);
      if (!only.empty()) only += separator;
      only += package ? (*package)->title.in(language) : code.value;
    }
    if (only.empty()) only = msg::power_all_services(language);
    text = msg::acted_by(language, only, msg::power_services(language));
  }
  if (powers.data) {
    if (!text.empty()) text += separator;
    text += msg::power_data(language);
  }
  return text;
}

std::string last_day(Language language, const Mandate& mandate) {
  return long_date(taiwan_date(mandate.expires_at - seconds{1}), language);
}

std::string_view event_name(Language language, std::string_view event) {
  return msg::find_in_mandates(language, "mandate_event_" + std::string(event)).value_or(event);
}

void mandate_rows(Writer& list, const Parts& parts, const Visit& visit, const Mandate& mandate) {
  const Language language = visit.language;
  page::summary_row(list, msg::mandate_kind(language), page::mandate_kind(language, mandate.kind));
  page::summary_row(list, msg::mandate_powers(language),
                    powers_text(parts, language, mandate.powers));
  page::summary_row(list, msg::mandate_ends(language), last_day(language, mandate));
}

std::optional<PersonId> grantor(const Visit& visit) {
  const auto& acting = visit.session().acting;
  if (acting && acting->act.kind == identity::MandateKind::granted) return std::nullopt;
  return visit.principal();
}

namespace {

Url url_of(const Visit& visit, const Mandate& mandate) {
  return visit.url({"mandates", to_string(mandate.id)});
}

void act_button(Writer& page, const Visit& visit, const Mandate& mandate) {
  page::form(page, visit, url_of(visit, mandate).below({"act"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::mandate_act(visit.language)),
                     .style = page::ButtonStyle::secondary,
                     .about = mandate.principal_name});
  });
}

void terms_of(Writer& page, const Parts& parts, Language language, const Mandate& mandate) {
  page << page::mandate_kind(language, mandate.kind) << "<br>"
       << powers_text(parts, language, mandate.powers) << "<br>"
       << msg::mandate_until(language, taiwan_date(mandate.expires_at - seconds{1}));
}

void held_row(Writer& list, const Parts& parts, const Visit& visit, const Mandate& mandate) {
  const Language language = visit.language;
  const page::Action look[] = {
      {std::string(msg::mandate_look(language)), mandate.principal_name, url_of(visit, mandate)}};
  page::summary_row(
      list, mandate.principal_name,
      [&](Writer& p) {
        terms_of(p, parts, language, mandate);
        act_button(p, visit, mandate);
      },
      look);
}

void given_row(Writer& list, const Parts& parts, const Visit& visit, const Mandate& mandate) {
  const Language language = visit.language;
  const std::string name = mandate.holder_name.empty() ? std::string(msg::mandate_nobody(language))
                                                       : mandate.holder_name;
  const page::Action look[] = {
      {std::string(msg::mandate_look(language)), name, url_of(visit, mandate)}};
  page::summary_row(
      list, name,
      [&](Writer& p) {
        terms_of(p, parts, language, mandate);
        if (!mandate.note.empty()) p << "<br>" << mandate.note;
      },
      look);
}

/// Those that have ended, behind a summary.
void past(Writer& page, const Visit& visit, std::span<const Mandate> all, bool held) {
  const Language language = visit.language;
  const auto count =
      std::ranges::count_if(all, [](const Mandate& m) { return m.state == MandateState::ended; });
  if (count == 0) return;
  page::details(page, msg::mandates_past(language, count), [&](Writer& p) {
    p << "<ul class=\"govuk-list\">";
    for (const Mandate& mandate : all) {
      if (mandate.state != MandateState::ended) continue;
      std::string name = held ? mandate.principal_name : mandate.holder_name;
      if (name.empty()) name = msg::mandate_nobody(language);
      p << "<li>";
      page::link(p, name, url_of(visit, mandate));
      p << " · " << event_name(language, mandate.end_reason) << "</li>";
    }
    p << "</ul>";
  });
}

using RowWriter = void (*)(Writer&, const Parts&, const Visit&, const Mandate&);
void list_of(Writer& page, const Parts& parts, const Visit& visit, std::span<const Mandate> all,
             std::string_view none, RowWriter write) {
  if (std::ranges::all_of(all, [](const Mandate& m) { return m.state == MandateState::ended; }))
    return page::paragraph(page, none);
  page::summary_list(page, [&](Writer& list) {
    for (const Mandate& mandate : all)
      if (mandate.state != MandateState::ended) write(list, parts, visit, mandate);
  });
}

void ways_to_add(Writer& page, const Parts& parts, const Visit& visit) {
  const Language language = visit.language;
  page::heading(page, 2, msg::mandates_more(language));
  page << "<ul class=\"govuk-list govuk-list--spaced\">";
  const auto add = [&](std::string_view text, std::string_view where) {
    page << "<li>";
    page::link(page, text, visit.url({"mandates", where}));
    page << "</li>";
  };
  if (!visit.session().acting) {
    if (parts.mandates->asks_for_wards()) add(msg::mandates_children(language), "children");
    if (parts.mandates->asks_for_companies()) add(msg::mandates_companies(language), "company");
    add(msg::mandates_enter(language), "code");
  }
  if (grantor(visit)) add(msg::mandates_new(language), "new");
  page << "</ul>";
}

struct Lists {
  std::vector<Mandate> held, given;
};

Result<net::Response> show_mandates(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const auto principal = grantor(visit);
  MINBEN_TRY(lists, parts.transact([&](store::Transaction& tx) -> Result<Lists> {
    MINBEN_TRY(held, parts.mandates->held_by(tx, visit.person()));
    Lists both{std::move(held), {}};
    if (!principal) return both;
    MINBEN_TRY(given, parts.mandates->given_by(tx, *principal));
    both.given = std::move(given);
    return both;
  }));
  return html_page(
      visit, frame(visit, msg::mandates_title(language), Section::account), [&](Writer& page) {
        page::heading(page, 1, msg::mandates_title(language), Size::l);
        page::paragraph(page, msg::mandates_text(language));
        if (visit.session().levels.identity < 2)
          page::inset_text(page, [&](Writer& p) {
            p << msg::mandates_prove(language) << " ";
            page::link(p, msg::mandates_prove_link(language), visit.url({"sign-in"}));
          });
        page::heading(page, 2, msg::mandates_held(language));
        list_of(page, parts, visit, lists.held, msg::mandates_held_none(language), held_row);
        past(page, visit, lists.held, true);
        if (principal) {
          const auto& acting = visit.session().acting;
          page::heading(page, 2,
                        acting ? msg::mandates_given_for(language, acting->name)
                               : std::string(msg::mandates_given(language)));
          list_of(page, parts, visit, lists.given, msg::mandates_given_none(language), given_row);
          past(page, visit, lists.given, false);
        }
        ways_to_add(page, parts, visit);
      });
}

// ---------------------------------------------------------------------------- by the registers

Result<net::Response> show_children(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(wards, parts.mandates->wards(visit.session()));
  return html_page(
      visit, mandate_frame(visit, msg::mandates_children(language)), [&](Writer& page) {
        page::heading(page, 1, msg::mandates_children(language), Size::l);
        page::paragraph(page, msg::children_text(language));
        if (wards.empty())
          return page::inset_text(page, [&](Writer& p) { p << msg::children_none(language); });
        page::summary_list(page, [&](Writer& list) {
          for (const identity::Represented& ward : wards)
            page::summary_row(list, ward.entry.name, [&](Writer& row) {
              row << msg::children_born(language, *ward.born);
              page::form(row, visit, visit.url({"mandates", "children"}), [&](Writer& f) {
                page::hidden(f, "national_id", ward.entry.national_id);
                page::button(
                    f, {.text = std::string(msg::mandate_act(language)), .about = ward.entry.name});
              });
            });
        });
      });
}

Result<net::Response> begin_acting(const Parts& parts, Visit& visit, identity::MandateId id) {
  MINBEN_CHECK(parts.mandates->act(visit.session(), id));
  MINBEN_TRY(mandate, parts.transact([&](store::Transaction& tx) {
    return parts.mandates->find(tx, visit.person(), id);
  }));
  return page::redirect_with(visit, visit.url({}), page::Notice::success,
                             msg::mandate_acting_done(visit.language, mandate.principal_name));
}

Result<net::Response> take_child(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, parts.mandates->take_guardianship(visit.session(),
                                                   visit.request.form.get("national_id")));
  return begin_acting(parts, visit, id);
}

net::Response company_page(const Visit& visit, std::string_view number, std::string_view error) {
  const Language language = visit.language;
  Frame made = mandate_frame(visit, msg::mandates_companies(language));
  if (!error.empty()) made.errors.push_back({"company_number", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::mandates_companies(language), Size::l);
        page::paragraph(page, msg::company_text(language));
        page::form(page, visit, visit.url({"mandates", "company"}), [&](Writer& p) {
          page::text_input(p,
                           {.name = "company_number",
                            .label = std::string(msg::company_label(language)),
                            .hint = {},
                            .error = std::string(error)},
                           {.value = std::string(number),
                            .inputmode = "numeric",
                            .width = page::Width::w10,
                            .spellcheck = false});
          page::button(p, msg::company_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_company(const Parts&, Visit& visit) {
  return company_page(visit, {}, {});
}

Result<net::Response> take_company(const Parts& parts, Visit& visit) {
  const std::string_view number = trim(visit.request.form.get("company_number"));
  const auto id =
      parts.mandates->take_company(visit.session(), number, visit.request.remote_address);
  if (id) return begin_acting(parts, visit, *id);
  if (id.error().field == "company_number")
    return company_page(visit, number, page::error_text(visit.language, id.error().code));
  return fail(id.error());
}

Result<net::Response> act(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<identity::MandateId>("mandate"));
  return begin_acting(parts, visit, id);
}

Result<net::Response> stop(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(parts.mandates->stop(visit.session()));
  return page::redirect_with(visit, visit.url({"mandates"}), page::Notice::success,
                             msg::mandate_stopped(visit.language));
}

}  // namespace

void add_mandates(Pages& pages) {
  using page::access::also_acting;
  using page::access::signed_in;
  using page::access::signed_in_strongly;
  pages.get("/mandates", also_acting, show_mandates);
  pages.get("/mandates/children", signed_in_strongly, show_children);
  pages.post("/mandates/children", signed_in_strongly, take_child, 4096);
  pages.get("/mandates/company", signed_in_strongly, show_company);
  pages.post("/mandates/company", signed_in_strongly, take_company, 4096);
  pages.post("/mandates/stop", also_acting, stop, 4096);
  pages.post("/mandates/{mandate}/act", signed_in_strongly, act, 4096);
}

}  // namespace minben::citizen
