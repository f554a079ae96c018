// An application that is being written: its pages of questions, saved one by one.
#include "questions.hpp"

namespace minben::citizen {

namespace {

using casework::Draft;
using casework::DraftId;

struct Opened {
  Draft draft;
  casework::PackagePtr package;
  [[nodiscard]] const forms::Form& form() const { return *package->application_form; }
};

Result<Opened> open_draft(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<DraftId>("draft"));
  MINBEN_TRY(draft, parts.casework.draft(applicant(visit), id));
  MINBEN_TRY(package, parts.package(draft.service));
  return Opened{std::move(draft), std::move(package)};
}

Url draft_url(const Visit& visit, const Draft& draft) {
  return visit.url({"drafts", to_string(draft.id)});
}

Url page_url(const Visit& visit, const Draft& draft, std::string_view page) {
  return visit.url({"drafts", to_string(draft.id), "pages", page});
}

bool is_done(const Draft& draft, std::string_view page) {
  return std::find(draft.pages_done.begin(), draft.pages_done.end(), page) !=
         draft.pages_done.end();
}

void question_tasks(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  page::task_list(page, [&](Writer& list) {
    for (const forms::Page* one : opened.form().visible_pages(opened.draft.answers)) {
      const bool done = is_done(opened.draft, one->id);
      page::task(list,
                 {.id = "page-" + one->id,
                  .title = one->title.in(language),
                  .url = page_url(visit, opened.draft, one->id),
                  .state = std::string(done ? msg::task_done(language) : msg::task_open(language)),
                  .tone = done ? Tone::good : Tone::neutral});
    }
  });
}

Result<net::Response> show_draft(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(opened, open_draft(parts, visit));
  const std::string& title = opened.package->title.in(language);
  Frame made = frame(visit, title, Section::cases);
  made.back = page::Link{std::string(msg::nav_cases(language)), visit.url({"cases"})};
  const auto visible = opened.form().visible_pages(opened.draft.answers);
  const auto done = std::count_if(visible.begin(), visible.end(),
                                  [&](const auto* one) { return is_done(opened.draft, one->id); });
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page,
                    msg::draft_progress(language, done, static_cast<std::int64_t>(visible.size())));
    question_tasks(page, visit, opened);
    if (done == static_cast<std::ptrdiff_t>(visible.size()))
      page::link_button(page, msg::draft_check(language),
                        visit.url({"drafts", to_string(opened.draft.id), "check"}));
    page::paragraph(page, msg::draft_kept(language, opened.draft.kept_until));
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::draft_discard(language),
               visit.url({"drafts", to_string(opened.draft.id), "discard"}));
    page << "</p>";
  });
}

/// The page before this one, or the list of pages.
Url back_from(const Visit& visit, const Opened& opened, std::string_view id) {
  Url before = draft_url(visit, opened.draft);
  for (const forms::Page* one : opened.form().visible_pages(opened.draft.answers)) {
    if (one->id == id) break;
    before = page_url(visit, opened.draft, one->id);
  }
  return before;
}

struct Question {
  const Opened& opened;
  const forms::Page& asked;
  std::span<const forms::Input> inputs;
  const forms::Problems& problems;
  bool from_check = false;  ///< came to change one answer
};

Result<net::Response> ask(const Parts& parts, const Visit& visit, const Question& question,
                          int status) {
  const Language language = visit.language;
  const forms::Page& asked = question.asked;
  MINBEN_TRY(files, file_names(parts, visit.principal(), question.opened.form(),
                               question.opened.draft.answers));
  const Shown shown{
      .inputs = question.inputs, .problems = question.problems, .files = std::move(files)};
  const bool single = asks_one_thing(asked);
  Frame made = frame(visit, asked.title.in(language), Section::cases);
  made.errors = error_lines(language, question.opened.form(), question.problems);
  made.back =
      page::Link{std::string(msg::back(language)), back_from(visit, question.opened, asked.id)};
  return html_page(
      visit, made,
      [&](Writer& page) {
        page << "<p class=\"govuk-caption-l\">" << question.opened.package->title.in(language)
             << "</p>";
        if (!single) page::heading(page, 1, asked.title.in(language), Size::l);
        if (!asked.hint.in(language).empty()) page::paragraph(page, asked.hint.in(language));
        page::form(
            page, visit, page_url(visit, question.opened.draft, asked.id),
            [&](Writer& p) {
              page::hidden(p, "_version", std::to_string(question.opened.draft.version));
              if (question.from_check) page::hidden(p, "_from", "check");
              write_fields(p, visit, asked.fields, shown, single);
              page::button(p, msg::save_and_continue(language));
            },
            asks_for_files(asked));
      },
      status);
}

Result<const forms::Page*> asked_page(const Opened& opened, const Visit& visit) {
  const forms::Page* asked = opened.form().page(visit.request.parameter("page"));
  if (asked == nullptr) return fail(Kind::not_found, "unknown_page");
  return asked;
}

Result<net::Response> show_question(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_draft(parts, visit));
  MINBEN_TRY(asked, asked_page(opened, visit));
  const auto inputs = opened.form().encode(*asked, opened.draft.answers);
  const bool from_check = visit.request.query.get("from") == "check";
  return ask(parts, visit, {opened, *asked, inputs, {}, from_check}, 200);
}

Url next_url(const Visit& visit, const Draft& draft, const casework::Saved& saved,
             std::string_view here) {
  const net::Form& form = visit.request.form;
  if (form.has("_more")) return page_url(visit, draft, here);
  if (form.get("_from") == "check" || saved.next_page.empty())
    return visit.url({"drafts", to_string(draft.id), "check"});
  return page_url(visit, draft, saved.next_page);
}

Result<net::Response> save_question(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_draft(parts, visit));
  MINBEN_TRY(asked, asked_page(opened, visit));
  MINBEN_TRY(received, receive(parts, visit, asked->fields, opened.draft.answers));
  const auto version = parse_integer(visit.request.form.get("_version"), 0, INT32_MAX);
  auto saved =
      parts.casework.save_page(applicant(visit), opened.draft.id,
                               static_cast<int>(version.value_or(0)), asked->id, received.inputs);
  if (!saved) return std::unexpected(saved.error());
  forms::Problems problems = received.problems;
  for (const forms::Problem& problem : saved->problems) {
    // A refused file says more than "missing".
    const bool said = std::any_of(problems.begin(), problems.end(), [&](const auto& known) {
      return known.pointer == problem.pointer;
    });
    if (!said) problems.push_back(problem);
  }
  if (problems.empty() || visit.request.form.has("_more"))
    return page::redirect(next_url(visit, saved->draft, *saved, asked->id));
  opened.draft = saved->draft;
  const bool from_check = visit.request.form.get("_from") == "check";
  return ask(parts, visit, {opened, *asked, saved->inputs, problems, from_check}, 422);
}

Result<net::Response> ask_discard(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(opened, open_draft(parts, visit));
  Frame made = frame(visit, msg::discard_title(language), Section::cases);
  made.back = page::Link{std::string(msg::back(language)), draft_url(visit, opened.draft)};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::discard_title(language), Size::l);
    page::paragraph(page, msg::discard_text(language));
    page::form(page, visit, visit.url({"drafts", to_string(opened.draft.id), "discard"}),
               [&](Writer& p) {
                 page::button(p, {.text = std::string(msg::discard_button(language)),
                                  .style = page::ButtonStyle::warning});
               });
  });
}

Result<net::Response> discard(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DraftId>("draft"));
  MINBEN_CHECK(parts.casework.discard_draft(applicant(visit), id));
  return page::redirect_with(visit, visit.url({"cases"}), page::Notice::success,
                             msg::discarded(visit.language));
}

}  // namespace

/// Files of one page: as many as a page may ask for, with the documents' own bound on each.
constexpr std::size_t max_page_bytes = 48u << 20;

void add_drafts(Pages& pages) {
  using page::access::for_services;
  pages.get("/drafts/{draft}", for_services, show_draft);
  pages.get("/drafts/{draft}/pages/{page}", for_services, show_question);
  pages.post("/drafts/{draft}/pages/{page}", for_services, save_question, max_page_bytes);
  pages.get("/drafts/{draft}/discard", for_services, ask_discard);
  pages.post("/drafts/{draft}/discard", for_services, discard);
}

}  // namespace minben::citizen
