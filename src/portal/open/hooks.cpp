// A person's webhooks: registered from the page of a live stream, looked at, resumed and stopped.
#include <fmt/format.h>

#include "live.hpp"
#include "voices_words.hpp"

namespace minben::open {

using streams::Hook;
using streams::HookId;
using streams::HookOwner;

namespace {

HookOwner owner_of(const Visit& visit) { return {visit.person(), {}}; }
Url hooks_url(const Visit& visit) { return visit.url({"my-open-data", "webhooks"}); }

std::string title_of(const Parts& parts, const Visit& visit, const streams::StreamId& id) {
  const auto known = parts.live->streams().readable(id);
  return known ? known->second.dataset.title.in(visit.language) : to_string(id);
}

void state_cell(Writer& page, const Visit& visit, const Hook& hook) {
  const Language language = visit.language;
  if (!hook.active) page::tag(page, msg::live_hooks_disabled(language), Tone::bad);
  else if (hook.failures > 0)
    page::tag(page, msg::live_hooks_failing(language, hook.failures), Tone::warn);
  else page::tag(page, msg::live_hooks_active(language), Tone::good);
  if (hook.delivered_at)
    page << "<br>"
         << msg::live_hooks_delivered(language, taiwan_time(*hook.delivered_at), hook.cursor);
}

void actions_cell(Writer& page, const Visit& visit, const Hook& hook) {
  const Language language = visit.language;
  const auto small = [&](std::string_view action, std::string_view words) {
    page::form(page, visit, hooks_url(visit).below({to_string(hook.id), action}),
               [&](Writer& inside) {
                 page::button(inside, {.text = std::string(words),
                                       .style = page::ButtonStyle::secondary,
                                       .about = hook.url});
               });
  };
  if (!hook.active) small("resume", msg::live_hooks_resume(language));
  small("stop", msg::live_hooks_stop(language));
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  const Language language = visit.language;
  MINBEN_TRY(hooks, parts.live->hooks().list(owner_of(visit)));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::live_hooks_stream(language)), .self_evident = true},
      {.title = std::string(msg::live_hooks_url(language))},
      {.title = std::string(msg::live_hooks_state(language))},
      {.title = std::string(msg::live_hooks_actions(language)), .self_evident = true}};
  Frame made = frame(visit, msg::live_hooks_title(language), Section::mine);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::live_hooks_title(language), Size::l);
    if (hooks.empty()) return page::paragraph(page, msg::live_hooks_none(language));
    page::table(page, msg::live_hooks_title(language), columns,
                [&](Writer& rows) {
                  for (const Hook& each : hooks)
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& cell) {
                        cell << title_of(parts, visit, each.stream);
                        if (!each.key.empty()) cell << " · " << each.key;
                      });
                      cells.add([&](Writer& cell) {
                        cell << "<span class=\"mb-hash\">" << each.url << "</span>";
                      });
                      cells.add([&](Writer& cell) { state_cell(cell, visit, each); });
                      cells.add([&](Writer& cell) { actions_cell(cell, visit, each); });
                    });
                },
                {.caption_hidden = true, .stacks = true});
  });
}

struct Sent {
  std::string url, key;
  std::vector<page::ErrorLine> errors;
};

Result<net::Response> form_page(const Parts& parts, const Visit& visit, const streams::StreamId& id,
                                const Sent& sent) {
  MINBEN_TRY(known, parts.live->streams().readable(id));
  const Language language = visit.language;
  const std::string title = msg::live_hooks_new(language, known.second.dataset.title.in(language));
  const auto key = std::ranges::find(known.first.fields, known.first.key, &streams::Field::name);
  Frame made = frame(visit, title, Section::mine);
  made.back = page::Link{known.second.dataset.title.in(language),
                         live_url(visit, known.second.dataset.name, id)};
  made.errors = sent.errors;
  const auto error_at = [&](std::string_view name) {
    const auto found = std::ranges::find(sent.errors, name, &page::ErrorLine::field);
    return found == sent.errors.end() ? std::string() : found->text;
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::live_hooks_new_text(language));
        page::form(page, visit, hooks_url(visit).below({"new", to_string(id)}), [&](Writer& form) {
          page::text_input(form,
                           {.name = "url",
                            .label = std::string(msg::live_hooks_url(language)),
                            .hint = std::string(msg::live_hooks_url_hint(language)),
                            .error = error_at("url")},
                           {.value = sent.url, .inputmode = "url", .spellcheck = false});
          page::text_input(form,
                           {.name = "key",
                            .label = msg::live_choose(language, label_of(*key)),
                            .hint = std::string(msg::live_hooks_key_hint(language)),
                            .error = error_at("key")},
                           {.value = sent.key, .spellcheck = false});
          page::button(form, msg::live_hooks_register(language));
        });
      },
      sent.errors.empty() ? 200 : 422);
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(id, visit.id<streams::StreamId>("stream"));
  return form_page(parts, visit, id, {});
}

/// Shown once, on the answer itself: it is never in an address, a cookie or the database in clear.
net::Response made_page(const Visit& visit, const Hook& hook, const std::string& secret) {
  const Language language = visit.language;
  auto response = html_page(
      visit, frame(visit, msg::live_hooks_made(language), Section::mine), [&](Writer& page) {
        page::heading(page, 1, msg::live_hooks_made(language), Size::l);
        page::paragraph(page, hook.url);
        page::heading(page, 2, msg::live_hooks_secret(language));
        page::warning_text(page, language, msg::live_hooks_secret_text(language));
        page << "<pre class=\"mb-code-block\" tabindex=\"0\" role=\"region\" aria-label=\""
             << msg::live_hooks_secret(language) << "\"><code>" << secret
             << "</code></pre><p class=\"govuk-body\"><a class=\"govuk-link\" href=\""
             << hooks_url(visit) << "\">" << msg::live_hooks_title(language) << "</a></p>";
      });
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  if (parts.live == nullptr) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(id, visit.id<streams::StreamId>("stream"));
  MINBEN_CHECK(parts.live->streams().readable(id));
  Sent sent{std::string(trim(visit.request.form.get("url"))),
            std::string(trim(visit.request.form.get("key"))),
            {}};
  const auto made = parts.live->hooks().add({id, owner_of(visit), sent.url, sent.key, {}});
  if (made) return made_page(visit, made->first, made->second);
  const Language language = visit.language;
  const std::string& code = made.error().code;
  if (code == "bad_url") sent.errors = {{"url", std::string(msg::live_hooks_bad_url(language))}};
  else if (code == "challenge_failed")
    sent.errors = {{"url", std::string(msg::live_hooks_challenge_failed(language))}};
  else if (code == "too_many_hooks")
    sent.errors = {{"url", std::string(msg::live_hooks_too_many(language))}};
  else return fail(made.error());
  return form_page(parts, visit, id, sent);
}

Result<net::Response> stop(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<HookId>("hook"));
  MINBEN_CHECK(parts.live->hooks().remove(owner_of(visit), id));
  return page::redirect_with(visit, hooks_url(visit), page::Notice::success,
                             msg::live_hooks_stopped(visit.language));
}

Result<net::Response> resume(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<HookId>("hook"));
  MINBEN_CHECK(parts.live->hooks().resume(owner_of(visit), id));
  return page::redirect_with(visit, hooks_url(visit), page::Notice::success,
                             msg::live_hooks_resumed(visit.language));
}

}  // namespace

void add_hooks(Pages& pages) {
  using page::access::signed_in;
  pages.get("/my-open-data/webhooks", signed_in, list);
  pages.get("/my-open-data/webhooks/new/{stream}", signed_in, ask);
  pages.post("/my-open-data/webhooks/new/{stream}", signed_in, add);
  pages.post("/my-open-data/webhooks/{hook}/stop", signed_in, stop);
  pages.post("/my-open-data/webhooks/{hook}/resume", signed_in, resume);
}

}  // namespace minben::open
