// The showcase: what people made of the data.
#include <fstream>

#include <fmt/format.h>

#include "page/slices.hpp"
#include "voices_parts.hpp"

namespace minben::open {

namespace {

using catalogue::DatasetId;
using catalogue::Entry;
using voices::Reuse;
using voices::ReuseId;
using voices::ReuseState;

constexpr int reuses_a_page = 20;
constexpr std::array<std::string_view, 5> kinds{"app", "article", "research", "visualisation",
                                                "other"};

Url reuses_url(const Visit& visit) { return visit.url({"reuses"}); }
Url reuse_url(const Visit& visit, const ReuseId& id) {
  return reuses_url(visit).below({to_string(id)});
}

std::string_view kind_text(Language language, voices::ReuseKind kind) {
  return voices_text(language, fmt::format("reuse_kind_{}", to_string(kind)));
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const int number = page::asked_page(visit.request.query);
  MINBEN_TRY(found, parts.voices.showcase().list(reuses_a_page, (number - 1) * reuses_a_page));
  const Frame made = frame(visit, msg::voices_reuses_title(language), Section::reuses);
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::voices_reuses_title(language), Size::l);
    page::paragraph(page, msg::voices_reuses_text(language));
    if (found.entries.empty()) page::paragraph(page, msg::voices_reuses_none(language));
    else reuses_list(page, visit, found.entries);
    page::pagination(page, language,
                     {.current = number,
                      .count = static_cast<int>((found.total + reuses_a_page - 1) / reuses_a_page)},
                     reuses_url(visit));
  });
}

void picture(Writer& page, const Visit& visit, const Reuse& reuse) {
  if (reuse.picture_type.empty() || reuse.state != ReuseState::shown) return;
  page << "<p class=\"govuk-body\"><img class=\"mb-picture\" alt=\""
       << msg::voices_reuse_picture_of(visit.language, reuse.title) << "\" src=\""
       << reuse_url(visit, reuse.id).below({"picture"}) << "\"></p>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  const auto person = speaker(visit);
  MINBEN_TRY(reuse, parts.voices.showcase().find(id, person));
  MINBEN_TRY(names, dataset_names(parts.database, parts.catalogue, language, reuse.datasets));
  Frame made = frame(visit, reuse.title, Section::reuses);
  made.back = page::Link{std::string(msg::voices_reuses_title(language)), reuses_url(visit)};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, reuse.title, Size::l);
    if (reuse.state != ReuseState::shown)
      page::inset_text(page, [&](Writer& p) {
        p << voices_text(language, fmt::format("reuse_state_{}", to_string(reuse.state))) << "<br>";
        p.lines(reuse.reason);
      });
    const std::string name =
        reuse.name.empty() ? std::string(msg::voices_anonymous(language)) : reuse.name;
    page::paragraph(page, fmt::format("{} · {}", kind_text(language, reuse.kind),
                                      msg::voices_by(language, name)));
    picture(page, visit, reuse);
    page << "<p class=\"govuk-body\">";
    page.lines(reuse.words);
    page << "</p><p class=\"govuk-body\">";
    if (const auto url = Url::published(reuse.url))
      page::outside_link(page, language, msg::voices_reuse_visit(language), *url);
    page << "</p>";
    if (reuse.broken_since)
      page::warning_text(page, language,
                         msg::voices_reuse_broken(language, taiwan_date(*reuse.broken_since)));
    page::heading(page, 2, msg::voices_reuse_uses(language));
    page << "<ul class=\"govuk-list govuk-list--bullet\">";
    for (const DatasetId& dataset : reuse.datasets) {
      page << "<li>";
      dataset_link(page, visit, names, dataset);
      page << "</li>";
    }
    page << "</ul>";
    if (person && reuse.person == *person && reuse.state != ReuseState::removed)
      page::form(page, visit, reuse_url(visit, id).below({"remove"}), [&](Writer& p) {
        page::button(p, {.text = std::string(msg::voices_reuse_remove(language)),
                         .style = page::ButtonStyle::secondary});
      });
  });
}

Result<net::Response> show_picture(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  MINBEN_TRY(picture, parts.voices.showcase().picture(id));
  return net::Response::bytes(std::move(picture.bytes), picture.type);
}

Result<net::Response> remove(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  MINBEN_CHECK(parts.voices.showcase().remove(visit.person(), id));
  return page::redirect_with(visit, reuses_url(visit), page::Notice::success,
                             msg::voices_reuse_removed(visit.language));
}

// --------------------------------------------------------------------------------------- send

Result<net::Response> new_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(entry, entry_of(parts, visit));
  const Url back = dataset_url(visit, entry.dataset.name);
  Frame made = frame(visit, msg::voices_reuse_new(language), Section::reuses);
  made.back = page::Link{entry.dataset.title.in(language), back};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::voices_reuse_new(language), Size::l);
        page::paragraph(page, entry.dataset.title.in(language));
        page::paragraph(page, msg::voices_reuse_new_text(language));
        page::form(
            page, visit, back.below({"reuses"}),
            [&](Writer& p) {
              choice_field(p, language, typed, {"kind", msg::voices_reuse_kind(language)},
                           "reuse_kind_", kinds);
              text_field(p, typed, {"title", msg::voices_reuse_title(language)});
              words_field(p, language, typed, {"words", msg::voices_reuse_words(language)});
              text_field(p, typed, {"url", msg::voices_reuse_url(language)});
              page::file_upload(
                  p, language,
                  {.name = "picture",
                   .label = std::string(msg::voices_reuse_picture(language)),
                   .hint = {},
                   .error = typed.error_of("picture")},
                  {.accept = "image/png,image/jpeg", .max_bytes = voices::most_picture_bytes});
              words_field(p, language, typed,
                          {"datasets", msg::voices_reuse_datasets(language),
                           msg::voices_reuse_datasets_hint(language)});
              text_field(p, typed,
                         {"name", msg::voices_name(language), msg::voices_name_hint(language)});
              page::button(p, msg::voices_reuse_send(language));
            },
            true);
      },
      typed.status);
}

Result<net::Response> show_new(const Parts& parts, Visit& visit) {
  return new_page(parts, visit, {});
}

/// One a line: an id, a name, or an address of ours, of which the part after "/datasets/" counts.
Result<std::vector<DatasetId>> read_datasets(const Parts& parts, std::string_view text) {
  std::vector<DatasetId> ids;
  for (const std::string_view line : split(text, '\n')) {
    std::string_view name = trim(line);
    if (name.empty()) continue;
    if (ids.size() == voices::most_reuse_datasets)
      return fail(Kind::invalid, "too_long", "too many datasets", "datasets");
    if (const auto at = name.find("/datasets/"); at != name.npos) name.remove_prefix(at + 10);
    name = name.substr(0, name.find_first_of("/?#"));
    const auto id = DatasetId::parse(name);
    const auto entry = parts.read([&](store::Transaction& tx) {
      return id ? parts.catalogue.find(tx, *id) : parts.catalogue.find(tx, name);
    });
    if (!entry) return fail(Kind::invalid, "no_such_dataset", "not published", "datasets");
    ids.push_back(entry->dataset.id);
  }
  return ids;
}

/// The file that came along; one that is too large is read no further.
std::string read_picture(const net::Form& form) {
  for (const net::Upload& upload : form.uploads) {
    if (upload.field != "picture" || upload.size == 0) continue;
    std::ifstream in(upload.path, std::ios::binary);
    std::string bytes(std::min(upload.size, voices::most_picture_bytes + 1), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
  }
  return {};
}

Result<ReuseId> sent(const Parts& parts, const Visit& visit, const Entry& entry) {
  const net::Form& form = visit.request.form;
  const auto kind = voices::parse_reuse_kind(form.get("kind"));
  if (!kind) return fail(Kind::invalid, "missing", "what it is", "kind");
  MINBEN_TRY(datasets, read_datasets(parts, form.get("datasets")));
  datasets.push_back(entry.dataset.id);
  return parts.voices.showcase().send({visit.person(), std::string(form.get("name"))},
                                      {.kind = *kind,
                                       .title = std::string(form.get("title")),
                                       .words = std::string(form.get("words")),
                                       .url = std::string(form.get("url")),
                                       .picture = read_picture(form),
                                       .datasets = std::move(datasets)});
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  const auto made = sent(parts, visit, entry);
  if (!made) {
    const auto again = typed(visit, made.error());
    if (!again) return fail(made.error());
    return new_page(parts, visit, *again);
  }
  return page::redirect_with(visit, reuse_url(visit, *made), page::Notice::success,
                             msg::voices_reuse_sent(visit.language));
}

}  // namespace

void reuses_list(Writer& page, const Visit& visit, std::span<const Reuse> reuses) {
  const Language language = visit.language;
  page << "<ul class=\"mb-results\">";
  for (const Reuse& reuse : reuses) {
    page << "<li class=\"mb-result\"><p class=\"mb-result__title\">";
    page::link(page, reuse.title, reuse_url(visit, reuse.id));
    page << "</p><p class=\"mb-result__facts\">" << kind_text(language, reuse.kind);
    if (reuse.state != ReuseState::shown)
      page << " · " << voices_text(language, fmt::format("reuse_state_{}", to_string(reuse.state)));
    if (reuse.broken_since)
      page << " · " << msg::voices_reuse_broken(language, taiwan_date(*reuse.broken_since));
    page << "</p></li>";
  }
  page << "</ul>";
}

void add_showcase(Pages& pages) {
  using page::access::anyone;
  using page::access::signed_in;
  constexpr std::size_t with_picture = (1u << 20);
  pages.get("/reuses", anyone, list);
  pages.get("/reuses/{reuse}", anyone, show);
  pages.get("/reuses/{reuse}/picture", anyone, show_picture);
  pages.post("/reuses/{reuse}/remove", signed_in, remove);
  pages.get("/datasets/{name}/reuses/new", signed_in, show_new);
  pages.post("/datasets/{name}/reuses", signed_in, send, with_picture);
}

}  // namespace minben::open
