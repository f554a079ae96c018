// What a person has said and wants to be told; and the address in mails that ends it.
#include <fmt/format.h>

#include "voices_parts.hpp"

namespace minben::open {

namespace {

using voices::Subject;
using voices::Subscription;
using voices::SubscriptionId;

Url mine_url(const Visit& visit) { return visit.url({"my-open-data"}); }

std::string subscription_title(const Parts& parts, const Visit& visit, const DatasetNames& names,
                               const Subscription& each) {
  const Language language = visit.language;
  if (each.subject == Subject::dataset) {
    const auto id = catalogue::DatasetId::parse(each.target);
    const auto found = id ? names.find(*id) : names.end();
    return msg::voices_subscription_dataset(
        language, found == names.end() ? each.target : found->second.title);
  }
  if (each.subject == Subject::publisher)
    return msg::voices_subscription_publisher(
        language, publisher_title(parts.index, language, {each.target}));
  std::string words = each.search.words;
  for (const auto& [name, value] : each.search.filters) words += (words.empty() ? "" : " ") + value;
  return msg::voices_subscription_search(language, words);
}

Result<DatasetNames> names_of(const Parts& parts, const Visit& visit,
                              std::span<const Subscription> all) {
  std::vector<catalogue::DatasetId> ids;
  for (const Subscription& each : all)
    if (const auto id = catalogue::DatasetId::parse(each.target);
        id && each.subject == Subject::dataset)
      ids.push_back(*id);
  return dataset_names(parts.database, parts.catalogue, visit.language, ids);
}

void subscriptions_table(Writer& page, const Parts& parts, const Visit& visit,
                         const DatasetNames& names, std::span<const Subscription> all) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_subscriptions_title(language)), .self_evident = true},
      {.title = std::string(msg::voices_subscription_rhythm(language))},
      {.title = std::string(msg::voices_subscription_end(language)), .self_evident = true}};
  page::table(
      page, msg::voices_subscriptions_title(language), columns,
      [&](Writer& rows) {
        for (const Subscription& each : all) {
          const std::string title = subscription_title(parts, visit, names, each);
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) { p << title; });
            cells.add(each.at_once ? msg::voices_subscription_at_once(language)
                                   : msg::voices_subscription_weekly(language));
            cells.add([&](Writer& p) {
              page::form(p, visit,
                         mine_url(visit).below({"subscriptions", to_string(each.id), "end"}),
                         [&](Writer& inside) {
                           page::button(
                               inside, {.text = std::string(msg::voices_subscription_end(language)),
                                        .style = page::ButtonStyle::secondary,
                                        .about = title});
                         });
            });
          });
        }
      },
      {.caption_hidden = true, .stacks = true});
}

Result<net::Response> mine(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(subscriptions, parts.voices.subscriptions().of_person(visit.person()));
  MINBEN_TRY(names, names_of(parts, visit, subscriptions));
  MINBEN_TRY(requests, parts.voices.requests().of_person(visit.person()));
  MINBEN_TRY(reports, parts.voices.reports().of_person(visit.person()));
  MINBEN_TRY(reuses, parts.voices.showcase().of_person(visit.person()));
  const Frame made = frame(visit, msg::voices_nav_mine(language), Section::mine);
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::voices_nav_mine(language), Size::l);
    page::heading(page, 2, msg::voices_subscriptions_title(language));
    if (subscriptions.empty()) page::paragraph(page, msg::voices_subscriptions_none(language));
    else subscriptions_table(page, parts, visit, names, subscriptions);
    page::heading(page, 2, msg::voices_mine_requests(language));
    if (requests.empty()) page::paragraph(page, msg::voices_mine_none(language));
    else requests_table(page, visit, parts.index, requests);
    page::heading(page, 2, msg::voices_mine_reports(language));
    if (reports.empty()) page::paragraph(page, msg::voices_mine_none(language));
    else reports_table(page, visit, reports);
    page::heading(page, 2, msg::voices_mine_reuses(language));
    if (reuses.empty()) page::paragraph(page, msg::voices_mine_none(language));
    else reuses_list(page, visit, reuses);
  });
}

Result<voices::NewSubscription> read_wanted(const net::Form& form) {
  const auto subject = voices::parse_subject(form.get("subject"));
  if (!subject) return fail(Kind::invalid, "empty_search", "of what", "subject");
  voices::NewSubscription wanted{.subject = *subject,
                                 .target = std::string(form.get("target")),
                                 .at_once = form.get("rhythm") == "at_once"};
  if (*subject != Subject::search) return wanted;
  MINBEN_TRY(json, parse_json(wanted.target, {.max_bytes = 16u << 10, .max_depth = 4}));
  MINBEN_TRY(search, voices::saved_search(json));
  wanted.search = std::move(search);
  return wanted;
}

Result<net::Response> subscribe(const Parts& parts, Visit& visit) {
  MINBEN_TRY(wanted, read_wanted(visit.request.form));
  const auto made = parts.voices.subscriptions().subscribe(visit.person(), wanted);
  if (made)
    return page::redirect_with(visit, mine_url(visit), page::Notice::success,
                               msg::voices_subscribed(visit.language));
  const auto fault = typed(visit, made.error());
  if (!fault) return fail(made.error());
  return page::redirect_with(visit, mine_url(visit), page::Notice::info,
                             fault->errors.front().text);
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<SubscriptionId>("subscription"));
  MINBEN_CHECK(parts.voices.subscriptions().end(visit.person(), id));
  return page::redirect_with(visit, mine_url(visit), page::Notice::success,
                             msg::voices_subscription_ended(visit.language));
}

// ------------------------------------------------------------------------- the address in mails

Url end_url(const Visit& visit) {
  return visit.url({"data-subscriptions", "end", visit.request.parameter("subscription"),
                    visit.request.parameter("token")});
}

net::Response ended_page(const Visit& visit) {
  const Language language = visit.language;
  return html_page(visit, frame(visit, msg::voices_subscription_gone(language)), [&](Writer& page) {
    page::heading(page, 1, msg::voices_subscription_gone(language), Size::l);
  });
}

/// Opening the address ends nothing: programs that look at mails open every one. The button does.
Result<net::Response> show_end(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<SubscriptionId>("subscription"));
  const auto found = parts.voices.subscriptions().by_token(id, visit.request.parameter("token"));
  if (!found && found.error().kind == Kind::not_found) return ended_page(visit);
  if (!found) return fail(found.error());
  MINBEN_TRY(names, names_of(parts, visit, {&*found, 1}));
  return html_page(
      visit, frame(visit, msg::voices_subscription_end_title(language)), [&](Writer& page) {
        page::heading(page, 1, msg::voices_subscription_end_title(language), Size::l);
        page::paragraph(page, subscription_title(parts, visit, names, *found));
        page::form(page, visit, end_url(visit),
                   [&](Writer& p) { page::button(p, msg::voices_subscription_end(language)); });
      });
}

Result<net::Response> end_by_token(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<SubscriptionId>("subscription"));
  MINBEN_CHECK(parts.voices.subscriptions().end_by_token(id, visit.request.parameter("token")));
  return ended_page(visit);
}

}  // namespace

void subscribe_form(Writer& page, const Visit& visit, std::string_view subject,
                    std::string_view target) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_subscribe_title(language), Size::s);
  page::form(page, visit, mine_url(visit).below({"subscriptions"}), [&](Writer& p) {
    page::hidden(p, "subject", subject);
    page::hidden(p, "target", target);
    page::button_group(p, [&](Writer& group) {
      page::button(group, {.text = std::string(msg::voices_subscribe_weekly(language)),
                           .style = page::ButtonStyle::secondary,
                           .name = "rhythm",
                           .value = "weekly"});
      page::button(group, {.text = std::string(msg::voices_subscribe_at_once(language)),
                           .style = page::ButtonStyle::secondary,
                           .name = "rhythm",
                           .value = "at_once"});
    });
  });
}

void add_subscriptions(Pages& pages) {
  using page::access::anyone;
  using page::access::signed_in;
  pages.get("/my-open-data", signed_in, mine);
  pages.post("/my-open-data/subscriptions", signed_in, subscribe);
  pages.post("/my-open-data/subscriptions/{subscription}/end", signed_in, end);
  pages.get("/data-subscriptions/end/{subscription}/{token}", anyone, show_end);
  pages.post("/data-subscriptions/end/{subscription}/{token}", anyone, end_by_token);
}

}  // namespace minben::open
