// One data request: who asks for what, the person's decision, how far it is, and what comes of it.
#include "data_view.hpp"
#include "documents/symbol.hpp"

namespace minben::citizen {

namespace {

using mydata::DataRequest;
using mydata::DataRequestId;
using mydata::DeliveryMode;
using mydata::ItemState;
using mydata::RequestState;

/// A request with what its items were asked under.
struct Shown {
  DataRequest request;
  std::vector<mydata::ConsentTerms> terms;  ///< beside items; empty before they were asked
  std::optional<Date> old_form_until{};     ///< the asking client uses an unsafe form
  std::map<PersonId, std::string> names{};  ///< of subjects, where there are several

  /// With whose it is, where that is not plain.
  [[nodiscard]] std::string title(const Parts& parts, Language language,
                                  const mydata::RequestItem& item) const {
    const std::string what = item_title(parts, language, item);
    const auto name = names.find(item.subject);
    return name == names.end() ? what : msg::data_of_whom(language, name->second, what);
  }

  /// Who gets it, for the person.
  [[nodiscard]] std::string receiver(const Visit& visit) const {
    if (terms.empty()) return request.client_id;
    const std::string& name = terms.front().receiver.in(visit.language);
    return name.empty() ? visit.agency(terms.front().recipient) : name;
  }
};

Result<std::map<PersonId, std::string>> names_of(const Parts& parts, store::Transaction& tx,
                                                 const DataRequest& request) {
  std::map<PersonId, std::string> names;
  for (const mydata::RequestItem& item : request.items) {
    const auto [name, is_new] = names.try_emplace(item.subject);
    if (!is_new) continue;
    MINBEN_TRY(person, parts.identity.person(tx, item.subject));
    name->second = person.profile.name;
  }
  return names;
}

Result<Shown> terms_of(const Parts& parts, DataRequest request) {
  return parts.transact([&](store::Transaction& tx) -> Result<Shown> {
    Shown shown{.request = request, .terms = {}};
    if (request.several_people()) {
      MINBEN_TRY(names, names_of(parts, tx, request));
      shown.names = std::move(names);
    }
    for (const mydata::RequestItem& item : request.items) {
      if (item.consent.is_nil()) continue;
      MINBEN_TRY(consent, parts.mydata.consent(tx, item.subject, item.consent));
      shown.terms.push_back(consent.terms);
    }
    if (shown.terms.size() != request.items.size()) shown.terms.clear();
    return shown;
  });
}

Url request_url(const Visit& visit, const DataRequest& request,
                std::initializer_list<std::string_view> more = {}) {
  return visit.url({"data-requests", to_string(request.id)}).below(more);
}

void return_button(Writer& page, const Visit& visit, const Shown& shown) {
  const DataRequest& request = shown.request;
  if (request.return_url.empty() || request.code == 0) return;
  const auto back =
      Url::outside(mydata::return_address(request.return_url, request.code, request.tx_id));
  if (back) page::link_button(page, msg::data_return(visit.language, shown.receiver(visit)), *back);
}

// ------------------------------------------------------------------------------------ the question

void question(Writer& page, const Parts& parts, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const DataRequest& request = shown.request;
  const bool own = request.mode != DeliveryMode::service;
  page::heading(page, 1,
                own ? std::string(msg::data_asks_yourself(language))
                    : msg::data_asks(language, shown.receiver(visit)),
                Size::l);
  page::paragraph(page, msg::data_asks_text(language));
  page::paragraph(page, msg::data_answer_by(language, long_time(request.answer_by, language)));
  if (shown.old_form_until)
    page::warning_text(page, language, msg::data_old_form(language, *shown.old_form_until));
  page::form(page, visit, request_url(visit, request), [&](Writer& p) {
    for (std::size_t i = 0; i < request.items.size(); ++i) {
      const std::string title = shown.title(parts, language, request.items[i]);
      p << "<section class=\"mb-consent\">";
      page::heading(p, 2, title);
      consent_terms(p, visit, shown.terms[i]);
      page::checkbox(p,
                     {.name = "grant." + request.items[i].key,
                      .label = msg::data_grant(language, title),
                      .hint = {},
                      .error = {}},
                     false);
      p << "</section>";
    }
    page::button_group(p, [&](Writer& group) {
      page::button(
          group,
          {.text = std::string(msg::data_answer(language)), .name = "answer", .value = "chosen"});
      page::button(group, {.text = std::string(msg::data_refuse_all(language)),
                           .style = page::ButtonStyle::secondary,
                           .name = "answer",
                           .value = "nothing"});
    });
  });
}

// ------------------------------------------------------------------------------------- how far it
// is

void promise_form(Writer& page, const Visit& visit, const DataRequest& request,
                  const mydata::RequestItem& item, std::string_view title) {
  page::form(page, visit, request_url(visit, request, {"promise"}), [&](Writer& p) {
    page::hidden(p, "item", item.key);
    page::button(p, {.text = msg::data_promise(visit.language, title),
                     .style = page::ButtonStyle::secondary});
  });
}

/// What was agreed to for another is taken back here: its page is that person's.
void withdraw_form(Writer& page, const Visit& visit, const DataRequest& request,
                   const mydata::RequestItem& item, std::string_view title) {
  page::form(page, visit, request_url(visit, request, {"withdraw"}), [&](Writer& p) {
    page::hidden(p, "item", item.key);
    page::button(p, {.text = msg::data_withdraw(visit.language, title),
                     .style = page::ButtonStyle::secondary});
  });
}

void items_list(Writer& page, const Parts& parts, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const DataRequest& request = shown.request;
  page::summary_list(page, [&](Writer& list) {
    for (const mydata::RequestItem& item : request.items)
      page::summary_row(list, shown.title(parts, language, item),
                        [&](Writer& value) { item_tag(value, language, item.state); });
  });
  for (const mydata::RequestItem& item : request.items) {
    const std::string title = shown.title(parts, language, item);
    const bool on = item.state == ItemState::ready || item.state == ItemState::packing;
    if (item.state == ItemState::failed && request.state == RequestState::decided)
      promise_form(page, visit, request, item, title);
    if (!on) continue;
    if (item.subject != visit.principal()) {
      withdraw_form(page, visit, request, item, title);
      continue;
    }
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::data_withdraw(language, title),
               visit.url({"consents", to_string(item.consent)}));
    page << "</p>";
  }
}

/// A form with one button.
void act(Writer& page, const Visit& visit, const Url& to, std::string_view text) {
  page::form(page, visit, to, [&](Writer& p) { page::button(p, text); });
}

/// Whether something is still on its way.
bool waits(const DataRequest& request) {
  return request.packing() || (request.mode == DeliveryMode::service && request.code == 0);
}

void next_step(Writer& page, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const DataRequest& request = shown.request;
  const bool ready = std::ranges::any_of(request.items, [](const mydata::RequestItem& item) {
    return item.state == ItemState::ready;
  });
  if (request.mode == DeliveryMode::service) {
    page::paragraph(page, request.code == 200 ? msg::data_told(language, shown.receiver(visit))
                                              : msg::data_telling(language, shown.receiver(visit)));
    return return_button(page, visit, shown);
  }
  if (request.packing() || !ready) return;
  if (request.mode == DeliveryMode::counter) {
    if (!request.delivered_at)
      act(page, visit, request_url(visit, request, {"barcode"}), msg::data_make_barcode(language));
    return;
  }
  act(page, visit, request_url(visit, request, {"file"}), msg::data_make_file(language));
}

void standing(Writer& page, const Parts& parts, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const DataRequest& request = shown.request;
  page::heading(
      page, 1, request.packing() ? msg::data_progress(language) : msg::data_progress_done(language),
      Size::l);
  items_list(page, parts, visit, shown);
  next_step(page, visit, shown);
  if (waits(request))
    page::link_button(page, msg::data_look_again(language), request_url(visit, request),
                      page::ButtonStyle::secondary);
  if (request.kept_until)
    page::paragraph(page, msg::data_kept_until(language, long_time(*request.kept_until, language)));
}

/// While something is awaited the page follows along where script runs; the button does the same.
void progress(Writer& page, const Parts& parts, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const DataRequest& request = shown.request;
  if (waits(request))
    page << "<div data-island=\"live\" data-stream=\"" << request_url(visit, request, {"events"})
         << "\">";
  page << "<div id=\"request-now\" data-live>";
  standing(page, parts, visit, shown);
  page << "</div>";
  if (!waits(request)) return;
  page << "<p class=\"mb-live mb-only-script\" role=\"status\" data-changed=\""
       << msg::data_live_changed(language) << "\">" << msg::data_live(language) << "</p></div>";
}

void over(Writer& page, const Parts& parts, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  page::heading(page, 1, msg::data_over(language), Size::l);
  page::paragraph(page, code_text(language, shown.request.code));
  items_list(page, parts, visit, shown);
  return_button(page, visit, shown);
}

Result<net::Response> show_request(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_TRY(request, parts.data_requests->open(visit.principal(), id));
  if (request.state == RequestState::closed && request.code == 409) {
    // Nobody's: nothing of it is shown.
    return html_page(visit, data_frame(visit, msg::data_over(language)), [&](Writer& page) {
      page::heading(page, 1, msg::data_over(language), Size::l);
      page::paragraph(page, code_text(language, 409));
      return_button(page, visit, {.request = request, .terms = {}});
    });
  }
  MINBEN_TRY(shown, terms_of(parts, std::move(request)));
  MINBEN_TRY(until, parts.data_requests->old_form_until(shown.request));
  shown.old_form_until = until;
  std::string_view title = msg::data_over(language);
  if (shown.request.state == RequestState::open) title = msg::data_start(language);
  if (shown.request.state == RequestState::decided)
    title =
        shown.request.packing() ? msg::data_progress(language) : msg::data_progress_done(language);
  return html_page(visit, data_frame(visit, title), [&](Writer& page) {
    if (shown.request.state == RequestState::open) question(page, parts, visit, shown);
    else if (shown.request.state == RequestState::decided) progress(page, parts, visit, shown);
    else over(page, parts, visit, shown);
  });
}

Result<net::Response> stream_request(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_CHECK(parts.data_requests->find(visit.principal(), id));
  return net::Response::event_stream([&parts, id](std::shared_ptr<net::EventStream> stream) {
    parts.streams.add(to_string(id), std::move(stream));
  });
}

// ---------------------------------------------------------------------------------------- answers

Result<net::Response> decide(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  const std::string_view answer = visit.request.form.get("answer");
  if (answer != "chosen" && answer != "nothing") return fail(Kind::invalid, "answer_missing");
  std::set<std::string> granted;
  if (answer == "chosen")
    for (const auto& [name, value] : visit.request.form.fields())
      if (name.starts_with("grant.") && value == "yes") granted.insert(name.substr(6));
  MINBEN_CHECK(
      parts.data_requests->decide(visit.principal(), id, granted, visit.session().authority()));
  return page::redirect(visit.url({"data-requests", to_string(id)}));
}

Result<net::Response> promise(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_CHECK(parts.data_requests->promise(visit.principal(), id, visit.request.form.get("item")));
  return page::redirect_with(visit, visit.url({"data-requests", to_string(id)}),
                             page::Notice::success, msg::data_promised(visit.language));
}

/// Shown only as the answer to this form: asking again makes another file and passphrase.
Result<net::Response> withdraw(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_CHECK(
      parts.data_requests->withdraw(visit.principal(), id, visit.request.form.get("item")));
  return page::redirect(visit.url({"data-requests", to_string(id)}));
}

Result<net::Response> make_file(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_TRY(passphrase, parts.data_requests->make_file(visit.principal(), id));
  return html_page(visit, data_frame(visit, msg::data_passphrase(language)), [&](Writer& page) {
    page::heading(page, 1, msg::data_passphrase(language), Size::l);
    page::paragraph(page, msg::data_passphrase_text(language));
    page << "<p class=\"govuk-body-l\"><code id=\"passphrase\">" << passphrase << "</code></p>";
    page::link_button(page, msg::data_download(language),
                      visit.url({"data-requests", to_string(id), "file"}));
  });
}

Result<net::Response> send_file(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_TRY(zip, parts.data_requests->file(visit.principal(), id));
  return page::download(std::move(zip), "application/zip", "mydata-" + to_string(id) + ".zip");
}

/// Rectangles as one picture, with the quiet zone that its standard asks for.
void symbol(Writer& page, const documents::Symbol& drawn, int quiet, std::string_view label) {
  page << "<svg class=\"mb-chart\" role=\"img\" viewBox=\"0 0 "
       << static_cast<int>(drawn.width) + 2 * quiet << " "
       << static_cast<int>(drawn.height) + 2 * quiet << "\" aria-label=\"" << label
       << "\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";
  for (const documents::Bar& bar : drawn.bars)
    page << "<rect x=\"" << static_cast<int>(bar.x) + quiet << "\" y=\""
         << static_cast<int>(bar.y) + quiet << "\" width=\"" << static_cast<int>(bar.width)
         << "\" height=\"" << static_cast<int>(bar.height) << "\" fill=\"#000\"/>";
  page << "</svg>";
}

Result<net::Response> make_barcode(const Parts& parts, Visit& visit) {
  constexpr int quiet_bars = 20;   // ten modules (ISO/IEC 15417 §4.2), in half modules
  constexpr int quiet_square = 8;  // four modules (ISO/IEC 18004 §6.3.8)
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<DataRequestId>("request"));
  MINBEN_TRY(digits, parts.data_requests->new_barcode(visit.principal(), id));
  MINBEN_TRY(bars, documents::draw_symbol(documents::Symbology::code128, digits));
  MINBEN_TRY(square, documents::draw_symbol(documents::Symbology::qr, digits));
  return html_page(visit, data_frame(visit, msg::data_barcode(language)), [&](Writer& page) {
    page::heading(page, 1, msg::data_barcode(language), Size::l);
    symbol(page, bars, quiet_bars, msg::data_barcode_label(language, digits));
    page << "<div class=\"mb-qr\">";
    symbol(page, square, quiet_square, msg::data_qr_label(language, digits));
    page << "</div><p class=\"govuk-body-l\"><code id=\"barcode\">" << digits << "</code></p>";
    page::paragraph(page, msg::data_barcode_text(language));
    act(page, visit, visit.url({"data-requests", to_string(id), "barcode"}),
        msg::data_new_barcode(language));
  });
}

}  // namespace

void add_data_request(Pages& pages) {
  using page::access::for_data;
  pages.get("/data-requests/{request}/events", for_data, stream_request);
  pages.get("/data-requests/{request}", for_data, show_request);
  pages.post("/data-requests/{request}", for_data, decide);
  pages.post("/data-requests/{request}/promise", for_data, promise);
  pages.post("/data-requests/{request}/withdraw", for_data, withdraw);
  pages.post("/data-requests/{request}/file", for_data, make_file);
  pages.get("/data-requests/{request}/file", for_data, send_file);
  pages.post("/data-requests/{request}/barcode", for_data, make_barcode);
}

}  // namespace minben::citizen
