// What the platform itself keeps about a person, and changing it.
#include "account_pages.hpp"

namespace minben::citizen {

namespace {

using identity::Profile;

Result<Profile> stored(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) -> Result<Profile> {
    MINBEN_TRY(person, parts.identity.person(tx, visit.person()));
    return person.profile;
  });
}

net::Response profile_page(const Visit& visit, const Profile& profile,
                           std::span<const page::ErrorLine> errors) {
  const Language language = visit.language;
  Frame made = account_frame(visit, msg::profile_title(language));
  made.errors.assign(errors.begin(), errors.end());
  const auto error_of = [&](std::string_view name) {
    for (const page::ErrorLine& line : errors)
      if (line.field == name) return line.text;
    return std::string();
  };
  const auto ask = [&](Writer& p, std::string_view name, std::string_view label,
                       std::string_view hint, const page::TextInput& input) {
    page::text_input(p,
                     {.name = std::string(name),
                      .label = std::string(label),
                      .hint = std::string(hint),
                      .error = error_of(name)},
                     input);
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::profile_title(language), Size::l);
        page::form(page, visit, visit.url({"account", "profile"}), [&](Writer& p) {
          ask(p, "name", msg::profile_name(language), {},
              {.value = profile.name, .autocomplete = "name"});
          ask(p, "name_latin", msg::profile_latin(language), msg::profile_latin_hint(language),
              {.value = profile.name_latin, .spellcheck = false});
          if (visit.session().levels.identity == 0)  // else it is the register's
            ask(p, "national_id", msg::profile_national_id(language),
                msg::profile_national_id_hint(language),
                {.value = profile.national_id, .width = page::Width::w20, .spellcheck = false});
          page::button(p, msg::profile_save(language));
        });
      },
      errors.empty() ? 200 : 422);
}

Result<net::Response> show_profile(const Parts& parts, Visit& visit) {
  MINBEN_TRY(profile, stored(parts, visit));
  return profile_page(visit, profile, {});
}

Result<net::Response> save_profile(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  MINBEN_TRY(profile, stored(parts, visit));
  profile.name = to_nfc(trim(form.get("name")));
  profile.name_latin = std::string(trim(form.get("name_latin")));
  if (form.has("national_id")) profile.national_id = std::string(trim(form.get("national_id")));
  profile.language = visit.language;
  std::vector<page::ErrorLine> errors;
  for (const auto& [name, value] : {std::pair{"name", &profile.name},
                                    {"name_latin", &profile.name_latin},
                                    {"national_id", &profile.national_id}})
    if (length_in_characters(*value) > 100)
      errors.push_back({name, msg::text_too_long(visit.language, 100)});
  if (!errors.empty()) return profile_page(visit, profile, errors);
  const auto saved = parts.transact([&](store::Transaction& tx) {
    return parts.identity.change_profile(tx, visit.person(), profile);
  });
  if (!saved && (saved.error().kind == Kind::conflict || saved.error().kind == Kind::invalid)) {
    const std::string field = saved.error().field.empty() ? "name" : saved.error().field;
    errors.push_back({field, page::error_text(visit.language, "profile_" + saved.error().code)});
    return profile_page(visit, profile, errors);
  }
  if (!saved) return std::unexpected(saved.error());
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::profile_saved(visit.language));
}

}  // namespace

void add_profile(Pages& pages) {
  using page::access::signed_in;
  pages.get("/account/profile", signed_in, show_profile);
  pages.post("/account/profile", signed_in, save_profile);
}

}  // namespace minben::citizen
