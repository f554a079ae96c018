// Groups of subsystems, so that one rule lets in many.
#include <fmt/format.h>

#include "exchange_pages.hpp"

namespace minben::desk {

namespace {

using exchange::Group;
using exchange::GroupCode;
using registry::RegisteredGroup;

void actions(Writer& page, const Visit& visit, const RegisteredGroup& one) {
  const Language language = visit.language;
  if (!one.changed) {
    page << msg::exchange_planned(language);
    return;
  }
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::exchange_group_edit(language, one.group.name.in(language)),
             exchange_url(visit, {"groups", one.group.code.value}));
  page << "</p>";
  page::form(page, visit, exchange_url(visit, {"groups", one.group.code.value, "end"}),
             [&](Writer& p) {
               page::button(p, {.text = std::string(msg::exchange_end(language)),
                                .style = page::ButtonStyle::secondary,
                                .about = one.group.code.value});
             });
}

void groups_table(Writer& page, const Visit& visit, std::span<const RegisteredGroup> groups) {
  const Language language = visit.language;
  if (groups.empty()) return page::paragraph(page, msg::exchange_no_groups(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_group(language)), .self_evident = true},
      {std::string(msg::exchange_code(language))},
      {std::string(msg::exchange_group_subsystems(language))},
      {std::string(msg::exchange_act(language))}};
  page::table(
      page, msg::exchange_groups(language), columns,
      [&](Writer& rows) {
        for (const auto& one : groups)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& c) { c << one.group.name.in(language); });
            cells.add([&](Writer& c) { c << "<code>" << one.group.code.value << "</code>"; });
            cells.add([&](Writer& c) {
              for (const auto& id : one.group.subsystems)
                c << "<div><code>" << to_string(id) << "</code></div>";
            });
            cells.add([&](Writer& c) { actions(c, visit, one); });
          });
      },
      {.caption_hidden = true, .stacks = true});
}

/// What stands in the form: as typed, else as the group is.
struct Shown {
  std::string code, name_zh, name_en;
  std::vector<std::string> subsystems;
};

Shown shown(const Visit& visit, const Group* group) {
  const net::Form& typed = visit.request.form;
  if (visit.request.method == net::Method::post) {
    Shown out{std::string(typed.get("code")),
              std::string(typed.get("name_zh")),
              std::string(typed.get("name_en")),
              {}};
    for (const auto id : typed.all("subsystems")) out.subsystems.emplace_back(id);
    return out;
  }
  if (!group) return {};
  Shown out{group->code.value, group->name.zh_hant, group->name.en, {}};
  for (const auto& id : group->subsystems) out.subsystems.push_back(to_string(id));
  return out;
}

std::vector<page::Choice> subsystem_choices(const exchange::Configuration& now,
                                            const Shown& shown) {
  std::vector<page::Choice> choices;
  for (const std::string& id : subsystem_ids(now))
    choices.push_back(
        {id, id, {}, std::ranges::find(shown.subsystems, id) != shown.subsystems.end()});
  return choices;
}

/// `code`: of the group that is edited, "" = a new one.
void group_form(Writer& page, const Visit& visit, const exchange::Configuration& now,
                const Shown& shown, std::string_view code,
                std::span<const page::ErrorLine> errors) {
  const Language language = visit.language;
  const auto field = [&](std::string_view name, std::string_view label,
                         std::string_view hint = {}) {
    return field_with_error(name, label, hint, errors);
  };
  const Url action =
      code.empty() ? exchange_url(visit, {"groups"}) : exchange_url(visit, {"groups", code});
  page::form(page, visit, action, [&](Writer& p) {
    if (code.empty())
      page::text_input(p,
                       field("code", msg::exchange_group_code(language),
                             msg::exchange_group_code_hint(language)),
                       {.value = shown.code, .width = page::Width::w20, .spellcheck = false});
    page::text_input(p, field("name_zh", msg::exchange_title_zh(language)),
                     {.value = shown.name_zh});
    page::text_input(p, field("name_en", msg::exchange_title_en(language)),
                     {.value = shown.name_en});
    page::checkboxes(p, field("subsystems", msg::exchange_group_subsystems(language)),
                     subsystem_choices(now, shown));
    page::button(
        p, code.empty() ? msg::exchange_group_add(language) : msg::exchange_group_save(language));
  });
}

Result<net::Response> groups_page(const Parts& parts, const Visit& visit,
                                  std::vector<page::ErrorLine> errors) {
  const Language language = visit.language;
  MINBEN_TRY(groups, parts.registry->groups());
  MINBEN_TRY(now, parts.registry->published());
  const auto title = msg::exchange_groups(language);
  Frame made = exchange_frame(visit, title);
  made.errors = std::move(errors);
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_groups_text(language));
        groups_table(page, visit, groups);
        page::heading(page, 2, msg::exchange_group_add(language));
        group_form(page, visit, *now->configuration, shown(visit, nullptr), "", made.errors);
      },
      made.errors.empty() ? 200 : 422);
}

/// Of one that this registry made; those of the plan are not changed here.
Result<Group> find_own(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(groups, parts.registry->groups());
  for (const RegisteredGroup& one : groups)
    if (one.changed && one.group.code.value == visit.request.parameter("group")) return one.group;
  return fail(Kind::not_found, "unknown_group");
}

Result<net::Response> edit_page(const Parts& parts, const Visit& visit, const Group& group,
                                std::vector<page::ErrorLine> errors) {
  const Language language = visit.language;
  MINBEN_TRY(now, parts.registry->published());
  const std::string title = msg::exchange_group_edit(language, group.name.in(language));
  Frame made = exchange_frame(visit, title);
  made.errors = std::move(errors);
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_group_edit_text(language));
        group_form(page, visit, *now->configuration, shown(visit, &group), group.code.value,
                   made.errors);
      },
      made.errors.empty() ? 200 : 422);
}

Result<Group> read_form(const Visit& visit, std::string_view code_text) {
  const net::Form& form = visit.request.form;
  Group group;
  auto code = GroupCode::parse(trim(code_text));
  if (!code) return fail(Kind::invalid, "bad_group", code.error().detail, "code");
  group.code = std::move(*code);
  group.name = {std::string(trim(form.get("name_zh"))), std::string(trim(form.get("name_en")))};
  for (const auto text : form.all("subsystems")) {
    MINBEN_TRY(id, exchange::SubsystemId::parse(text));
    group.subsystems.push_back(std::move(id));
  }
  return group;
}

page::ErrorLine line_of(Language language, const Error& error) {
  std::string field = "subsystems";
  if (error.field == "code" || error.code == "group_taken") field = "code";
  if (error.field == "name") field = "name_zh";
  return {field, cause_text(language, error)};
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return groups_page(parts, visit, {});
}

Result<void> put(const Parts& parts, const Visit& visit, std::string_view code) {
  MINBEN_TRY(group, read_form(visit, code));
  return parts.registry->put_group(visit.officer().id, group);
}

net::Response saved(const Visit& visit) {
  return page::redirect_with(visit, exchange_url(visit, {"groups"}), page::Notice::success,
                             msg::exchange_group_saved(visit.language));
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_TRY(groups, parts.registry->groups());
  const std::string code(trim(visit.request.form.get("code")));
  // Whoever adds one does not mean to change one.
  const bool known = std::ranges::any_of(
      groups, [&](const RegisteredGroup& one) { return one.group.code.value == code; });
  const Result<void> done =
      known ? Result<void>(fail(Kind::conflict, "group_taken", "", code)) : put(parts, visit, code);
  if (!done) return groups_page(parts, visit, {line_of(visit.language, done.error())});
  return saved(visit);
}

Result<net::Response> ask_edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(group, find_own(parts, visit));
  return edit_page(parts, visit, group, {});
}

Result<net::Response> edit(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_TRY(group, find_own(parts, visit));
  if (const auto done = put(parts, visit, group.code.value); !done)
    return edit_page(parts, visit, group, {line_of(visit.language, done.error())});
  return saved(visit);
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_TRY(group, find_own(parts, visit));
  MINBEN_CHECK(parts.registry->end_group(visit.officer().id, group.code));
  return page::redirect_with(visit, exchange_url(visit, {"groups"}), page::Notice::success,
                             msg::exchange_group_ended(visit.language));
}

}  // namespace

void add_exchange_groups(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange/groups", exchange_operator, show);
  pages.post("/desk/exchange/groups", exchange_operator, add);
  pages.get("/desk/exchange/groups/{group}", exchange_operator, ask_edit);
  pages.post("/desk/exchange/groups/{group}", exchange_operator, edit);
  pages.post("/desk/exchange/groups/{group}/end", exchange_operator, end);
}

}  // namespace minben::desk
