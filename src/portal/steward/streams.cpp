// Live streams of the agency's datasets: made, watched and ended. Records come by the interface,
// with a key.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "messages/live.hpp"
#include "publishing.hpp"
#include "streams/live.hpp"

namespace minben::steward {

using catalogue::Status;
using streams::Stream;
using streams::StreamId;
using Errors = std::vector<page::ErrorLine>;

namespace {

constexpr int field_rows = 10;
constexpr int most_listed = 200;
constexpr hours taiwan_ahead{8};
constexpr std::array types{intake::Type::text,      intake::Type::number, intake::Type::integer,
                           intake::Type::timestamp, intake::Type::date,   intake::Type::boolean};

std::string_view type_words(Language language, intake::Type type) {
  switch (type) {
    case intake::Type::integer:
      return msg::live_desk_type_integer(language);
    case intake::Type::number:
      return msg::live_desk_type_number(language);
    case intake::Type::boolean:
      return msg::live_desk_type_boolean(language);
    case intake::Type::date:
      return msg::live_desk_type_date(language);
    case intake::Type::timestamp:
      return msg::live_desk_type_timestamp(language);
    default:
      return msg::live_desk_type_text(language);
  }
}

std::string taiwan_time(Instant at) {
  const std::string text = to_string(std::chrono::floor<seconds>(at) + taiwan_ahead);
  return text.substr(0, 10) + " " + text.substr(11, 8);
}

// ------------------------------------------------------------------------------------ all of them

struct Line {
  Entry entry;
  Stream stream;
};

Result<std::vector<Line>> own_streams(const Parts& parts, const Visit& visit) {
  std::vector<Line> lines;
  MINBEN_TRY(publishers, own_publishers(parts, visit));
  for (const auto& publisher : publishers) {
    MINBEN_TRY(entries, parts.database.separately([&](store::Transaction& tx) {
      return parts.catalogue.of_publisher(tx, publisher.code, most_listed);
    }));
    for (const Entry& entry : entries) {
      MINBEN_TRY(found, parts.live->streams().of_dataset(entry.dataset.id));
      for (Stream& each : found) lines.push_back({entry, std::move(each)});
    }
  }
  return lines;
}

void state_tag(Writer& page, const Visit& visit, const Line& line) {
  const Language language = visit.language;
  if (line.stream.ended_at) page::tag(page, msg::live_ended(language), Tone::neutral);
  else if (line.entry.status != Status::published)
    page::tag(page, msg::live_desk_not_public(language), Tone::waiting);
  else if (line.stream.late(visit.site.now()))
    page::tag(page, msg::live_late(language), Tone::warn);
  else page::tag(page, msg::live_desk_on_time(language), Tone::good);
}

void line_row(Writer& rows, const Parts& parts, const Visit& visit,
              std::span<const page::Column> columns, const Line& line) {
  const auto& all = parts.live->streams();
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.head([&](Writer& cell) {
      page::link(cell, line.entry.dataset.title.in(visit.language),
                 dataset_url(visit, line.entry.dataset.id, {"streams", to_string(line.stream.id)}));
    });
    cells.add([&](Writer& cell) { state_tag(cell, visit, line); });
    cells.add(line.stream.last_at ? taiwan_time(*line.stream.last_at) : std::string("–"));
    cells.add(std::to_string(all.last_hour(line.stream.id).value_or(0)));
    cells.add(std::to_string(all.followers(line.stream.id).value_or(0)));
  });
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  const Language language = visit.language;
  MINBEN_TRY(lines, own_streams(parts, visit));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::live_desk_dataset(language)), .self_evident = true},
      {.title = std::string(msg::live_desk_state(language))},
      {.title = std::string(msg::live_desk_last(language))},
      {.title = std::string(msg::live_desk_hour(language)), .numeric = true},
      {.title = std::string(msg::live_desk_followers(language)), .numeric = true}};
  Frame made = frame(visit, msg::live_desk_title(language), Section::streams);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::live_desk_title(language), Size::l);
    if (lines.empty()) return page::paragraph(page, msg::live_desk_none(language));
    page::table(page, msg::live_desk_title(language), columns,
                [&](Writer& rows) {
                  for (const Line& each : lines) line_row(rows, parts, visit, columns, each);
                },
                {.caption_hidden = true, .stacks = true});
  });
}

// ------------------------------------------------------------------------------------ making one

std::string field_name(std::string_view part, int number) {
  return fmt::format("{}.{}", part, number);
}

void field_row(Writer& form, const Visit& visit, const net::Form& sent, int number) {
  const Language language = visit.language;
  const auto input = [&](std::string_view part, std::string_view label) {
    page::Field field;
    field.name = field_name(part, number);
    field.label = label;
    page::text_input(form, field,
                     {.value = std::string(sent.get(field.name)), .spellcheck = false});
  };
  form << "<fieldset class=\"govuk-fieldset\"><legend class=\"govuk-visually-hidden\">"
       << msg::live_desk_field(language, number) << "</legend><div class=\"mb-field-row\">";
  input("name", msg::live_desk_field_name(language));
  input("label", msg::live_desk_field_label(language));
  std::vector<page::Choice> choices;
  const std::string chosen(sent.get(field_name("type", number)));
  for (const intake::Type type : types)
    choices.push_back({.value = std::string(intake::to_string(type)),
                       .label = std::string(type_words(language, type)),
                       .chosen = chosen == intake::to_string(type)});
  page::Field type;
  type.name = field_name("type", number);
  type.label = msg::live_desk_field_type(language);
  page::select(form, type, choices);
  input("unit", msg::live_desk_field_unit(language));
  form << "</div></fieldset>";
}

Result<net::Response> form_page(const Visit& visit, const Dataset& dataset, const net::Form& sent,
                                const Errors& errors) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::live_desk_add(language), Section::datasets);
  made.back = page::Link{dataset.title.in(language), dataset_url(visit, dataset.id)};
  made.errors = errors;
  const auto input = [&](Writer& form, std::string_view name, std::string_view label,
                         std::string_view hint, std::string_view otherwise = {}) {
    const auto fault = std::ranges::find(errors, name, &page::ErrorLine::field);
    page::Field field{.name = std::string(name),
                      .label = std::string(label),
                      .hint = std::string(hint),
                      .error = fault == errors.end() ? std::string() : fault->text};
    page::text_input(form, field,
                     {.value = std::string(sent.has(name) ? sent.get(name) : otherwise)});
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::live_desk_add(language), Size::l);
        page::paragraph(page, msg::live_desk_add_text(language));
        page::form(
            page, visit, dataset_url(visit, dataset.id, {"streams", "new"}), [&](Writer& form) {
              input(form, "title", msg::live_desk_name(language), {},
                    language == Language::en ? "Live" : "即時");
              page::heading(form, 2, msg::live_fields(language));
              for (int i = 1; i <= field_rows; ++i) field_row(form, visit, sent, i);
              input(form, "key", msg::live_desk_key(language), msg::live_desk_key_hint(language));
              input(form, "retention", msg::live_desk_retention(language), {}, "7");
              input(form, "every", msg::live_desk_every(language),
                    msg::live_desk_every_hint(language), "0");
              page::button(form, msg::live_desk_make(language));
            });
      },
      errors.empty() ? 200 : 422);
}

streams::NewStream read_wanted(const net::Form& form) {
  streams::NewStream wanted;
  for (int i = 1; i <= field_rows; ++i) {
    const auto text = [&](std::string_view part) {
      return std::string(trim(form.get(field_name(part, i))));
    };
    if (text("name").empty()) continue;
    streams::Field field{text("name"), text("label"), intake::Type::text, text("unit")};
    for (const intake::Type type : types)
      if (intake::to_string(type) == text("type")) field.type = type;
    wanted.fields.push_back(std::move(field));
  }
  wanted.key = trim(form.get("key"));
  wanted.retention_days =
      static_cast<int>(parse_integer(trim(form.get("retention")), 0, 100'000).value_or(0));
  wanted.every_seconds =
      static_cast<int>(parse_integer(trim(form.get("every")), 0, 1'000'000).value_or(-1));
  return wanted;
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  return form_page(visit, dataset, {}, {});
}

/// The distribution waits with the draft, as a new file does.
Result<net::Response> make(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(entry, own_dataset(parts, visit));
  if (entry.status == Status::withdrawn) return fail(Kind::conflict, "withdrawn");
  MINBEN_TRY(dataset, working_copy(parts, entry));
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  streams::NewStream wanted = read_wanted(form);
  wanted.id = parts.live->new_id();
  wanted.dataset = dataset.id;
  wanted.by = actor_of(visit);
  const std::string title(trim(form.get("title")));
  Dataset changed = dataset;
  changed.distributions.push_back(streams::distribution_of(
      wanted, {title.empty() ? "即時" : title, {}}, parts.site.config().origin));
  const auto made = parts.database.transact([&](store::Transaction& tx) -> Result<Stream> {
    MINBEN_CHECK(parts.catalogue.save_draft(tx, changed, entry.revision));
    return parts.live->streams().make(tx, wanted);
  });
  if (made) {
    MINBEN_CHECK(parts.live->history().prepare(*made));
    return page::redirect_with(visit, dataset_url(visit, dataset.id), page::Notice::success,
                               msg::live_desk_made(language));
  }
  const std::string& code = made.error().code;
  if (code == "bad_field")
    return form_page(visit, dataset, form,
                     {{"name.1", std::string(msg::live_desk_bad_field(language))}});
  if (code == "bad_key")
    return form_page(visit, dataset, form,
                     {{"key", std::string(msg::live_desk_bad_key(language))}});
  if (code == "bad_retention")
    return form_page(visit, dataset, form,
                     {{"retention", std::string(msg::live_desk_bad_number(language))}});
  if (made.error().kind == Kind::invalid)
    return form_page(visit, dataset, form, {line_of(visit, made.error())});
  return fail(made.error());
}

// ------------------------------------------------------------------------------------- one of them

Result<Stream> own_stream(const Parts& parts, const Visit& visit, const Entry& entry) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(id, visit.id<StreamId>("stream"));
  MINBEN_TRY(stream, parts.live->streams().find(id));
  if (stream.dataset != entry.dataset.id) return fail(Kind::not_found, "no_such_page");
  return stream;
}

std::string example(const Parts& parts, const Stream& stream) {
  std::string record;
  for (const streams::Field& each : stream.fields) {
    const bool number = each.type == intake::Type::integer || each.type == intake::Type::number;
    const std::string_view value = number                               ? "12"
                                   : each.type == intake::Type::boolean ? "true"
                                   : each.type == intake::Type::date    ? "\"2026-11-30\""
                                   : each.type == intake::Type::timestamp
                                       ? "\"2026-11-30T14:05:00+08:00\""
                                       : "\"…\"";
    record +=
        fmt::format("{}{}: {}", record.empty() ? "" : ", ", write_json(Json(each.name)), value);
  }
  return fmt::format(
      "curl -X POST '{}/api/streams/{}/records' \\\n  -H 'Authorization: Bearer KEY' -H "
      "'Content-Type: application/json' "
      "\\\n  -d '[{{{}}}]'",
      parts.site.config().origin, to_string(stream.id), record);
}

void facts(Writer& page, const Parts& parts, const Visit& visit, const Line& line) {
  const Language language = visit.language;
  const auto& all = parts.live->streams();
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::live_desk_state(language),
                      [&](Writer& value) { state_tag(value, visit, line); });
    page::summary_row(rows, msg::live_desk_last(language),
                      line.stream.last_at ? taiwan_time(*line.stream.last_at) : std::string("–"));
    page::summary_row(rows, msg::live_desk_number(language), std::to_string(line.stream.last));
    page::summary_row(rows, msg::live_desk_hour(language),
                      std::to_string(all.last_hour(line.stream.id).value_or(0)));
    page::summary_row(rows, msg::live_desk_followers(language),
                      std::to_string(all.followers(line.stream.id).value_or(0)));
    page::summary_row(rows, msg::live_desk_retention(language),
                      std::to_string(line.stream.retention_days));
    page::summary_row(rows, msg::live_desk_key(language), line.stream.key);
  });
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(stream, own_stream(parts, visit, entry));
  const Language language = visit.language;
  const Line line{entry, stream};
  Frame made = frame(visit, msg::live_desk_title(language), Section::streams);
  made.back = page::Link{std::string(msg::live_desk_title(language)), desk_url(visit, {"streams"})};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, entry.dataset.title.in(language), Size::l);
    facts(page, parts, visit, line);
    page::heading(page, 2, msg::live_desk_how(language));
    page << "<pre class=\"mb-code-block\" tabindex=\"0\" role=\"region\" aria-label=\""
         << msg::live_desk_how(language) << "\"><code>" << example(parts, stream)
         << "</code></pre>";
    if (stream.ended_at) return;
    page::details(page, msg::live_desk_end(language), [&](Writer& inside) {
      page::warning_text(inside, language, msg::live_desk_end_text(language));
      page::form(inside, visit,
                 dataset_url(visit, entry.dataset.id, {"streams", to_string(stream.id), "end"}),
                 [&](Writer& form) {
                   page::button(form, {.text = std::string(msg::live_desk_end(language)),
                                       .style = page::ButtonStyle::warning});
                 });
    });
  });
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(stream, own_stream(parts, visit, entry));
  MINBEN_CHECK(parts.database.transact(
      [&](store::Transaction& tx) { return parts.live->streams().end(tx, stream.id); }));
  return page::redirect_with(visit, desk_url(visit, {"streams"}), page::Notice::success,
                             msg::live_desk_ended(visit.language));
}

}  // namespace

void stream_links(Writer& page, const Parts& parts, const Visit& visit, const Dataset& dataset) {
  if (parts.live == nullptr) return;
  const Language language = visit.language;
  const auto found = parts.live->streams().of_dataset(dataset.id);
  page::heading(page, 2, msg::live_desk_title(language));
  if (found && !found->empty()) {
    page << "<ul class=\"govuk-list\">";
    for (const Stream& each : *found) {
      const auto file =
          std::ranges::find(dataset.distributions, catalogue::DistributionId{each.id.value},
                            &catalogue::Distribution::id);
      page << "<li>";
      page::link(
          page, file == dataset.distributions.end() ? to_string(each.id) : file->title.in(language),
          dataset_url(visit, dataset.id, {"streams", to_string(each.id)}));
      page << "</li>";
    }
    page << "</ul>";
  }
  page::link_button(page, msg::live_desk_add(language),
                    dataset_url(visit, dataset.id, {"streams", "new"}),
                    page::ButtonStyle::secondary);
}

void add_streams(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/streams", data_steward, list);
  pages.get("/desk/data/datasets/{dataset}/streams/new", data_steward, ask_new);
  pages.post("/desk/data/datasets/{dataset}/streams/new", data_steward, make);
  pages.get("/desk/data/datasets/{dataset}/streams/{stream}", data_steward, show);
  pages.post("/desk/data/datasets/{dataset}/streams/{stream}/end", data_steward, end);
}

}  // namespace minben::steward
