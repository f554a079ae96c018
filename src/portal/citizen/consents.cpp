// Consent: asked for in a case, item by item; and all consents of a person, to look at and
// withdraw.
#include "case_view.hpp"
#include "messages/data_requests.hpp"

namespace minben::citizen {

namespace {

using mydata::Consent;
using mydata::ConsentId;
using mydata::ConsentState;

Result<std::vector<Consent>> consents_of(const Parts& parts, const Visit& visit,
                                         std::optional<CaseId> case_id = {}) {
  return parts.transact([&](store::Transaction& tx) {
    return parts.mydata.consents_of(tx, visit.principal(), case_id);
  });
}

void consent_tag(Writer& page, Language language, ConsentState state) {
  switch (state) {
    case ConsentState::requested:
      return page::tag(page, msg::consent_requested(language), Tone::waiting);
    case ConsentState::granted:
      return page::tag(page, msg::consent_granted(language), Tone::good);
    case ConsentState::refused:
      return page::tag(page, msg::consent_refused(language), Tone::neutral);
    case ConsentState::withdrawn:
      return page::tag(page, msg::consent_withdrawn(language), Tone::bad);
    case ConsentState::expired:
      return page::tag(page, msg::consent_expired(language), Tone::neutral);
  }
}

std::string fields_text(Language language, std::span<const mydata::Field> fields) {
  std::string text;
  for (const mydata::Field& field : fields) {
    if (!text.empty()) text += "\n";
    text += field.title.in(language).empty() ? field.name : field.title.in(language);
  }
  return text;
}

void ask_one(Writer& page, const Visit& visit, const Consent& consent) {
  const Language language = visit.language;
  page << "<section class=\"mb-consent\">";
  page::heading(page, 2, consent.terms.title.in(language));
  consent_tag(page, language, consent.state);
  consent_terms(page, visit, consent.terms);
  if (consent.state == ConsentState::requested) {
    page::form(
        page, visit, case_url(visit, consent.case_id, {"consents", to_string(consent.id)}),
        [&](Writer& p) {
          page::button_group(p, [&](Writer& group) {
            page::button(group,
                         {.text = msg::consent_grant(language, consent.terms.title.in(language)),
                          .name = "answer",
                          .value = "grant"});
            page::button(group,
                         {.text = msg::consent_refuse(language, consent.terms.title.in(language)),
                          .style = page::ButtonStyle::secondary,
                          .name = "answer",
                          .value = "refuse"});
          });
        });
  } else {
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::consent_look(language), visit.url({"consents", to_string(consent.id)}));
    page << "</p>";
  }
  page << "</section>";
}

Result<net::Response> show_case_consents(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(all, consents_of(parts, visit, mine.view.summary.id));
  return html_page(visit, case_frame(visit, mine, msg::case_consents(language)), [&](Writer& page) {
    page::heading(page, 1, msg::case_consents(language), Size::l);
    if (all.empty()) return page::paragraph(page, msg::consents_none_here(language));
    page::paragraph(page, msg::consent_intro(language));
    page << "<ul class=\"govuk-list govuk-list--bullet\"><li>" << msg::consent_if_granted(language)
         << "</li><li>" << msg::consent_if_refused(language) << "</li><li>"
         << msg::consent_always(language) << "</li></ul>";
    for (const Consent& consent : all) ask_one(page, visit, consent);
    page::link_button(page, msg::done_to_case(language), case_url(visit, mine.view.summary.id),
                      page::ButtonStyle::secondary);
  });
}

Result<net::Response> answer_consent(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  const std::string_view given = visit.request.form.get("answer");
  if (given != "grant" && given != "refuse") return fail(Kind::invalid, "answer_missing");
  const bool grant = given == "grant";
  MINBEN_CHECK(parts.casework.answer_consent(applicant(visit), id,
                                             visit.request.parameter("consent"), grant));
  return page::redirect_with(visit, case_url(visit, id, {"consents"}), page::Notice::success,
                             grant ? msg::consent_done_granted(visit.language)
                                   : msg::consent_done_refused(visit.language));
}

void consent_row(Writer& rows, const Visit& visit, std::span<const page::Column> columns,
                 const Consent& consent) {
  const Language language = visit.language;
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.add([&](Writer& p) {
      page::link(p, consent.terms.title.in(language),
                 visit.url({"consents", to_string(consent.id)}));
    });
    const std::string& receiver = consent.terms.receiver.in(language);
    cells.add(receiver.empty() ? visit.agency(consent.terms.recipient) : receiver);
    cells.add(visit.agency(consent.terms.provider));
    cells.add([&](Writer& p) { consent_tag(p, language, consent.state); });
    cells.add(long_date(taiwan_date(consent.expires_at), language));
  });
}

Result<net::Response> show_consents(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(all, consents_of(parts, visit));
  Frame made = frame(visit, msg::nav_consents(language), Section::consents);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::nav_consents(language), Size::l);
    page::paragraph(page, msg::consents_text(language));
    if (parts.data_requests != nullptr) {
      page << "<p class=\"govuk-body\">";
      page::link(page, msg::data_nav(language), visit.url({"data-requests"}));
      page << "</p>";
    }
    if (all.empty()) return page::paragraph(page, msg::consents_none(language));
    const page::Column columns[] = {{std::string(msg::column_item(language))},
                                    {std::string(msg::terms_to(language))},
                                    {std::string(msg::terms_from(language))},
                                    {std::string(msg::case_state(language))},
                                    {std::string(msg::column_until(language))}};
    page::table(page, msg::nav_consents(language), columns,
                [&](Writer& rows) {
                  for (const Consent& consent : all) consent_row(rows, visit, columns, consent);
                },
                {.caption_hidden = true, .stacks = true});
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::consents_export(language), visit.url({"consents", "json"}));
    page << "</p>";
  });
}

Result<net::Response> send_all(const Parts& parts, Visit& visit) {
  MINBEN_TRY(file, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.export_consents(tx, visit.principal());
  }));
  return page::download(std::move(file), "application/json", "consents.json");
}

struct OneConsent {
  Consent consent;
  std::vector<mydata::ConsentChange> history;
};

Result<OneConsent> find_consent(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<ConsentId>("consent"));
  return parts.transact([&](store::Transaction& tx) -> Result<OneConsent> {
    MINBEN_TRY(consent, parts.mydata.consent(tx, visit.principal(), id));
    MINBEN_TRY(history, parts.mydata.history(tx, visit.principal(), id));
    return OneConsent{std::move(consent), std::move(history)};
  });
}

Frame consent_frame(const Visit& visit, const Consent& consent, std::string_view title) {
  Frame made = frame(visit, title, Section::consents);
  made.trail = {
      {std::string(msg::nav_consents(visit.language)), visit.url({"consents"})},
      {consent.terms.title.in(visit.language), visit.url({"consents", to_string(consent.id)})}};
  return made;
}

std::string_view change_text(Language language, ConsentState state) {
  switch (state) {
    case ConsentState::requested:
      return msg::consent_requested(language);
    case ConsentState::granted:
      return msg::consent_granted(language);
    case ConsentState::refused:
      return msg::consent_refused(language);
    case ConsentState::withdrawn:
      return msg::consent_withdrawn(language);
    case ConsentState::expired:
      return msg::consent_expired(language);
  }
  return {};
}

void receipt_of_change(Writer& page, const Visit& visit, const OneConsent& one,
                       const mydata::ConsentChange& change, ledger::Position witnessed) {
  const Language language = visit.language;
  if (!change.position) {
    page << msg::usage_receipt_soon(language);
    return;
  }
  page::link(page, msg::receipt_of_change(language),
             visit.url({"consents", to_string(one.consent.id), "changes",
                        std::to_string(change.sequence)}));
  unwitnessed_tag(page, language, *change.position, witnessed);
}

void consent_history(Writer& page, const Parts& parts, const Visit& visit, const OneConsent& one) {
  const Language language = visit.language;
  const ledger::Position witnessed = witnessed_entries(parts);
  page::heading(page, 2, msg::consent_history(language));
  if (std::ranges::any_of(one.history, [&](const mydata::ConsentChange& change) {
        return change.position && *change.position >= witnessed;
      }))
    page::warning_text(page, language, msg::usage_unwitnessed(language));
  page::timeline(page, [&](Writer& list) {
    for (const mydata::ConsentChange& change : one.history)
      page::timeline_item(list,
                          {.title = std::string(change_text(language, change.state)),
                           .time = long_time(change.at, language),
                           .machine_time = to_string(change.at)},
                          [&](Writer& p) { receipt_of_change(p, visit, one, change, witnessed); });
  });
}

Result<net::Response> show_consent(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(one, find_consent(parts, visit));
  const Consent& consent = one.consent;
  const std::string id = to_string(consent.id);
  return html_page(
      visit, consent_frame(visit, consent, consent.terms.title.in(language)), [&](Writer& page) {
        page::heading(page, 1, consent.terms.title.in(language), Size::l);
        consent_tag(page, language, consent.state);
        consent_terms(page, visit, consent.terms);
        page::paragraph(page,
                        msg::consent_used(language, consent.fetches, consent.terms.max_fetches));
        if (consent.state == ConsentState::granted) {
          page::link_button(page, msg::consent_withdraw(language),
                            visit.url({"consents", id, "withdraw"}), page::ButtonStyle::warning);
        }
        if (consent.state == ConsentState::requested)
          page::link_button(page, msg::todo_consent(language),
                            consent.case_id.is_nil()
                                ? visit.url({"data-requests", to_string(consent.data_request)})
                                : case_url(visit, consent.case_id, {"consents"}));
        if (consent.state == ConsentState::granted || consent.state == ConsentState::withdrawn) {
          page << "<p class=\"govuk-body\">";
          page::link(page, msg::consent_receipt(language), visit.url({"consents", id, "receipt"}));
          page << "</p>";
        }
        consent_history(page, parts, visit, one);
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::usage_check_here(language), visit.url({"receipts"}));
        page << "</p>";
      });
}

Result<net::Response> ask_withdraw(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(one, find_consent(parts, visit));
  if (one.consent.state != ConsentState::granted)
    return page::redirect(visit.url({"consents", to_string(one.consent.id)}));
  return html_page(
      visit, consent_frame(visit, one.consent, msg::consent_withdraw(language)), [&](Writer& page) {
        page::heading(page, 1,
                      msg::consent_withdraw_title(language, one.consent.terms.title.in(language)),
                      Size::l);
        page << "<ul class=\"govuk-list govuk-list--bullet\"><li>"
             << msg::consent_withdraw_now(language, visit.agency(one.consent.terms.recipient))
             << "</li><li>" << msg::consent_withdraw_past(language) << "</li><li>"
             << msg::consent_withdraw_case(language) << "</li></ul>";
        page::form(page, visit, visit.url({"consents", to_string(one.consent.id), "withdraw"}),
                   [&](Writer& p) {
                     page::button(p, {.text = std::string(msg::consent_withdraw(language)),
                                      .style = page::ButtonStyle::warning});
                   });
      });
}

Result<net::Response> withdraw(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ConsentId>("consent"));
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) {
    return parts.mydata.withdraw(tx, visit.principal(), id, visit.session().act());
  }));
  return page::redirect_with(visit, visit.url({"consents", to_string(id)}), page::Notice::success,
                             msg::consent_is_withdrawn(visit.language));
}

Result<net::Response> send_receipt(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ConsentId>("consent"));
  MINBEN_TRY(receipt, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.consent_receipt(tx, visit.principal(), id);
  }));
  return page::download(std::move(receipt), "application/json",
                        "consent-" + to_string(id) + ".json");
}

Result<net::Response> send_change_receipt(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ConsentId>("consent"));
  const auto sequence = parse_integer(visit.request.parameter("sequence"), 1, 1'000'000);
  if (!sequence) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(receipt, parts.transact([&](store::Transaction& tx) {
    return parts.mydata.change_receipt(tx, visit.principal(), id, static_cast<int>(*sequence));
  }));
  return page::download(std::move(receipt), "application/octet-stream",
                        "consent-" + to_string(id) + "-" + std::to_string(*sequence) + ".receipt");
}

}  // namespace

void consent_terms(Writer& page, const Visit& visit, const mydata::ConsentTerms& agreed) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::terms_purpose(language), agreed.purpose.in(language));
    page::summary_row(list, msg::terms_from(language), visit.agency(agreed.provider));
    const std::string& receiver = agreed.receiver.in(language);
    page::summary_row(list, msg::terms_to(language),
                      receiver.empty() ? visit.agency(agreed.recipient) : receiver);
    page::summary_row(list, msg::terms_fields(language), fields_text(language, agreed.fields));
    page::summary_row(list, msg::terms_times(language), msg::times(language, agreed.max_fetches));
    page::summary_row(list, msg::terms_kept(language),
                      agreed.retention_days > 0 ? msg::days_kept(language, agreed.retention_days)
                                                : std::string(msg::kept_with_case(language)));
    page::summary_row(list, msg::terms_law(language), agreed.legal_basis.in(language));
  });
}

void add_consents(Pages& pages) {
  using page::access::applicant_of_case;
  using page::access::for_data;
  pages.get("/cases/{case}/consents", applicant_of_case, show_case_consents);
  pages.post("/cases/{case}/consents/{consent}", applicant_of_case, answer_consent);
  pages.get("/consents", for_data, show_consents);
  pages.get("/consents/json", for_data, send_all);
  pages.get("/consents/{consent}", for_data, show_consent);
  pages.get("/consents/{consent}/withdraw", for_data, ask_withdraw);
  pages.post("/consents/{consent}/withdraw", for_data, withdraw);
  pages.get("/consents/{consent}/receipt", for_data, send_receipt);
  pages.get("/consents/{consent}/changes/{sequence}", for_data, send_change_receipt);
}

}  // namespace minben::citizen
