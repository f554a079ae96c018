// A source, described in a form. Files with keys are not named here: whoever names one decides what
// is sent to the source, and that is for operators (`minben harvest add`).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harvest_parts.hpp"

namespace minben::steward {

namespace {

using harvest::SourceKind;

/// Numbers, in their order on the page; each has its unit in its label.
struct Number {
  std::string_view name;
  std::int64_t (*get)(const Source&);
  void (*set)(Source&, std::int64_t);
};
constexpr std::array<Number, 8> numbers{{
    {"every_hours", [](const Source& s) -> std::int64_t { return s.every_hours; },
     [](Source& s, std::int64_t n) { s.every_hours = static_cast<int>(n); }},
    {"whole_every_days", [](const Source& s) -> std::int64_t { return s.whole_every_days; },
     [](Source& s, std::int64_t n) { s.whole_every_days = static_cast<int>(n); }},
    {"pause_ms", [](const Source& s) -> std::int64_t { return s.pause_ms.count(); },
     [](Source& s, std::int64_t n) { s.pause_ms = milliseconds{n}; }},
    {"request_timeout_ms",
     [](const Source& s) -> std::int64_t { return s.request_timeout_ms.count(); },
     [](Source& s, std::int64_t n) { s.request_timeout_ms = milliseconds{n}; }},
    {"run_timeout_minutes", [](const Source& s) -> std::int64_t { return s.run_timeout_minutes; },
     [](Source& s, std::int64_t n) { s.run_timeout_minutes = static_cast<int>(n); }},
    {"max_objects", [](const Source& s) { return s.max_objects; },
     [](Source& s, std::int64_t n) { s.max_objects = n; }},
    {"max_bytes", [](const Source& s) { return s.max_bytes; },
     [](Source& s, std::int64_t n) { s.max_bytes = n; }},
    {"max_requests", [](const Source& s) -> std::int64_t { return s.max_requests; },
     [](Source& s, std::int64_t n) { s.max_requests = static_cast<int>(n); }},
}};
/// Further ones are about limits, and folded away.
constexpr std::size_t plain_numbers = 2;
constexpr std::int64_t most_number = INT64_C(1) << 40;

/// A form: what is shown in it, what was typed, and what is wrong with that.
struct Form {
  Source source;
  bool is_new = true;
  const net::Form* typed = nullptr;
  Lines errors{};
  int status = 200;

  [[nodiscard]] std::string shown(std::string_view name, std::string value) const {
    return typed ? std::string(typed->get(name)) : std::move(value);
  }
  [[nodiscard]] page::Field field(Language language, std::string_view name) const {
    const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
    const auto hint = msg::find_in_harvest(language, fmt::format("harvest_{}_hint", name));
    return {.name = std::string(name),
            .label = harvest_text(language, name),
            .hint = std::string(hint ? *hint : std::string_view()),
            .error = found == errors.end() ? std::string() : found->text};
  }
  void add(Language language, std::string_view name, std::string_view code) {
    const std::string key = fmt::format("harvest_fault_{}", code);
    const auto text = msg::find_in_harvest(language, key);
    errors.push_back({std::string(name),
                      fmt::format("{}: {}", harvest_text(language, name),
                                  text ? std::string(*text) : page::error_text(language, code))});
  }
};

std::string lines_of(const std::map<std::string, std::string>& publishers) {
  std::string out;
  for (const auto& [there, here] : publishers) out += fmt::format("{} = {}\n", there, here);
  return out;
}

/// "a = b", one a line.
bool read_publishers(std::string_view text, std::map<std::string, std::string>& into) {
  into.clear();
  for (const std::string_view each : split(text, '\n')) {
    const std::string_view line = trim(each);
    if (line.empty()) continue;
    const auto equals = line.find('=');
    if (equals == line.npos) return false;
    const std::string_view there = trim(line.substr(0, equals)),
                           here = trim(line.substr(equals + 1));
    if (there.empty() || here.empty()) return false;
    into[std::string(there)] = here;
  }
  return true;
}

void read_numbers(const Visit& visit, Form& form) {
  for (const Number& each : numbers) {
    const auto number = parse_integer(trim(form.typed->get(each.name)), -most_number, most_number);
    // Those that do not fit an int are out of range in any case.
    if (number) each.set(form.source, std::clamp<std::int64_t>(*number, -1, most_number));
    else form.add(visit.language, each.name, "not_a_number");
  }
}

/// The key that is sent to a source stays with its host.
bool drops_key(const Source& before, const Source& after) {
  const auto host = [](std::string_view url) {
    const auto at = url.find("://");
    if (at == url.npos) return std::string_view();
    return url.substr(0, url.find_first_of("/?#", at + 3));
  };
  return !before.key_file.empty() && host(before.url) != host(after.url);
}

/// What was typed becomes the source; faults by the names of the fields.
Form read(const Visit& visit, Source source, bool is_new) {
  Form form{.source = std::move(source), .is_new = is_new, .typed = &visit.request.form};
  const net::Form& typed = *form.typed;
  Source& s = form.source;
  if (is_new) s.code.value = trim(typed.get("code"));
  s.title = {std::string(trim(typed.get("title_zh"))), std::string(trim(typed.get("title_en")))};
  for (const SourceKind each : {SourceKind::ckan, SourceKind::dcat, SourceKind::national})
    if (to_string(each) == typed.get("kind")) s.kind = each;
  s.url = trim(typed.get("url"));
  s.organizations.clear();
  for (const std::string_view each : split(typed.get("organizations"), ','))
    if (!trim(each).empty()) s.organizations.emplace_back(trim(each));
  s.publisher = trim(typed.get("publisher"));
  if (!read_publishers(typed.get("publishers"), s.publishers))
    form.add(visit.language, "publishers", "bad_line");
  s.trusted = typed.get("trusted") == "yes";
  s.portal = trim(typed.get("portal"));
  s.government = trim(typed.get("government"));
  read_numbers(visit, form);
  return form;
}

/// The field of a member of the source's JSON.
std::string field_of(std::string_view pointer) {
  const auto parts = split(pointer, '/');
  const std::string_view member = parts.size() > 1 ? parts[1] : std::string_view();
  return member == "title" ? "title_zh" : std::string(member);
}

void add_faults(const Visit& visit, Form& form) {
  for (const Error& fault : harvest::check(form.source)) {
    const std::string name = field_of(fault.field);
    if (std::ranges::find(form.errors, name, &page::ErrorLine::field) == form.errors.end())
      form.add(visit.language, name, fault.code);
  }
}

// ------------------------------------------------------------------------------------- the page

void kind_field(Writer& page, Language language, const Form& form) {
  std::vector<page::Choice> choices;
  for (const SourceKind each : {SourceKind::ckan, SourceKind::dcat, SourceKind::national}) {
    const std::string key = fmt::format("kind_{}", to_string(each));
    choices.push_back({std::string(to_string(each)), harvest_text(language, key),
                       harvest_text(language, key + "_hint"), each == form.source.kind});
  }
  page::radios(page, form.field(language, "kind"), choices);
}

void number_field(Writer& page, Language language, const Form& form, const Number& number) {
  page::text_input(page, form.field(language, number.name),
                   {.value = form.shown(number.name, std::to_string(number.get(form.source))),
                    .inputmode = "numeric",
                    .width = page::Width::w20});
}

void fields(Writer& page, Language language, const Form& form) {
  const Source& s = form.source;
  const auto line = [&](std::string_view name, const std::string& value) {
    page::text_input(page, form.field(language, name), {.value = form.shown(name, value)});
  };
  if (form.is_new) line("code", s.code.value);
  line("title_zh", s.title.zh_hant);
  line("title_en", s.title.en);
  kind_field(page, language, form);
  line("url", s.url);
  for (std::size_t i = 0; i < plain_numbers; ++i) number_field(page, language, form, numbers[i]);
  line("publisher", s.publisher);
  page::textarea(page, language, form.field(language, "publishers"),
                 {.value = form.shown("publishers", lines_of(s.publishers)), .rows = 4});
  page::checkbox(page, form.field(language, "trusted"), s.trusted);
  line("organizations", fmt::format("{}", fmt::join(s.organizations, ", ")));
  line("portal", s.portal);
  line("government", s.government);
  page::fieldset(page, msg::harvest_limits(language), Size::m, false, [&](Writer& inside) {
    for (std::size_t i = plain_numbers; i < numbers.size(); ++i)
      number_field(inside, language, form, numbers[i]);
  });
}

net::Response form_page(const Visit& visit, const Form& form) {
  const Language language = visit.language;
  const std::string title(form.is_new ? msg::harvest_add(language) : msg::harvest_change(language));
  Frame made = harvest_frame(visit, title);
  made.back = form.is_new ? to_sources(visit) : to_source(visit, form.source);
  made.errors = form.errors;
  const Url action = form.is_new ? harvest_url(visit, {"new"})
                                 : harvest_url(visit, {form.source.code.value, "edit"});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::form(page, visit, action, [&](Writer& inside) {
          fields(inside, language, form);
          page::button(inside, msg::harvest_save(language));
        });
      },
      form.status);
}

/// Keeps it when nothing is wrong.
Result<net::Response> save(const Parts& parts, const Visit& visit, Form form, bool key_dropped) {
  add_faults(visit, form);
  if (form.errors.empty()) {
    bool active = false;
    const auto saved = parts.database.transact([&](store::Transaction& tx) -> Result<void> {
      const auto there = parts.harvester.source(tx, form.source.code);
      if (form.is_new && there)
        return fail(Kind::conflict, "code_taken", "another source's", "code");
      MINBEN_CHECK(parts.harvester.save(tx, form.source));
      MINBEN_TRY(kept, parts.harvester.source(tx, form.source.code));
      active = kept.active;
      return {};
    });
    const Language language = visit.language;
    if (saved)
      return page::redirect_with(visit, harvest_url(visit, {form.source.code.value}),
                                 page::Notice::success,
                                 key_dropped ? msg::harvest_key_dropped(language)
                                 : active    ? msg::harvest_saved_active(language)
                                             : msg::harvest_saved(language));
    if (saved.error().kind != Kind::invalid && saved.error().code != "code_taken")
      return fail(saved.error());
    form.add(language, saved.error().code == "code_taken" ? "code" : field_of(saved.error().field),
             saved.error().code);
  }
  form.status = 422;
  return form_page(visit, form);
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(check_platform(parts, visit));
  return form_page(visit, {.source = {}});
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(check_platform(parts, visit));
  return save(parts, visit, read(visit, {}, true), false);
}

Result<net::Response> ask_edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(source, asked_source(parts, visit));
  return form_page(visit, {.source = std::move(source), .is_new = false});
}

Result<net::Response> edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(before, asked_source(parts, visit));
  Form form = read(visit, before, false);
  const bool dropped = drops_key(before, form.source);
  if (dropped) form.source.key_file.clear();
  return save(parts, visit, std::move(form), dropped);
}

}  // namespace

void add_harvest_form(Pages& pages) {
  using page::access::data_steward;
  constexpr std::size_t largest_form = 1u << 20;  // thousands of publishers there and here
  pages.get("/desk/data/harvest/new", data_steward, ask_new);
  pages.post("/desk/data/harvest/new", data_steward, add, largest_form);
  pages.get("/desk/data/harvest/{source}/edit", data_steward, ask_edit);
  pages.post("/desk/data/harvest/{source}/edit", data_steward, edit, largest_form);
}

}  // namespace minben::steward
