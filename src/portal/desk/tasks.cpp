// Taking tasks on and giving them back, one or several at once.
#include "parts.hpp"

namespace minben::desk {

namespace {

constexpr std::size_t most_at_once = 50;

Url back_to(const Visit& visit) {
  auto back = Url::same_site(visit.request.form.get("return"));
  return back ? *back : visit.url({"desk"});
}

/// Each on its own: what a colleague took meanwhile does not hinder the rest.
Result<net::Response> claim_selected(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  int claimed = 0;
  int missed = 0;
  const auto boxes = visit.request.form.all("task");
  for (std::size_t i = 0; i < boxes.size() && i < most_at_once; ++i) {
    const auto picked = parse_task(boxes[i]);
    const bool done =
        picked && parts.casework.claim(visit.officer(), picked->id, picked->version).has_value();
    done ? ++claimed : ++missed;
  }
  if (boxes.empty())
    return page::redirect_with(visit, back_to(visit), page::Notice::info,
                               msg::desk_claim_none(language));
  const std::string text = missed == 0 ? msg::desk_claimed(language, claimed)
                                       : msg::desk_claimed_some(language, claimed, missed);
  return page::redirect_with(visit, back_to(visit),
                             missed == 0 ? page::Notice::success : page::Notice::info, text);
}

Result<net::Response> claim(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(picked, posted_task(visit));
  MINBEN_CHECK(parts.casework.claim(visit.officer(), picked.id, picked.version));
  return page::redirect_with(visit, case_url(visit, id), page::Notice::success,
                             msg::desk_claimed(visit.language, 1));
}

Result<net::Response> release(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(picked, posted_task(visit));
  MINBEN_CHECK(parts.casework.release(visit.officer(), picked.id, picked.version));
  return page::redirect_with(visit, case_url(visit, id), page::Notice::success,
                             msg::desk_released(visit.language));
}

/// A lead hands the task to a colleague.
Result<net::Response> assign(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(picked, posted_task(visit));
  MINBEN_TRY(to, OfficerId::parse(visit.request.form.get("to")));
  MINBEN_TRY(colleague, parts.transact([&](store::Transaction& tx) {
    return parts.identity.officer(tx, to);
  }));
  MINBEN_CHECK(parts.casework.assign(visit.officer(), picked.id, picked.version, colleague));
  return page::redirect_with(visit, case_url(visit, id), page::Notice::success,
                             msg::desk_assigned(visit.language, colleague.name));
}

}  // namespace

void add_tasks(Pages& pages) {
  pages.post("/desk/claim", page::access::officer, claim_selected);
  pages.post("/desk/cases/{case}/claim", page::access::officer_of_case, claim);
  pages.post("/desk/cases/{case}/release", page::access::officer_of_case, release);
  pages.post("/desk/cases/{case}/assign", page::access::team_lead, assign);
}

}  // namespace minben::desk
