#include "operating.hpp"

#include "exchange/path.hpp"
#include "gauges.hpp"

namespace minben::gateway {

Overview Operating::overview() const {
  const auto view = parts_.directory.view();
  const Configuration& configuration = view->configuration;
  const ledger::Log& log = parts_.journal.log();
  Overview out;
  out.member = parts_.config.member;
  if (const Member* self = configuration.member(out.member.value)) out.name = self->name;
  out.now = parts_.clock.now();
  out.started_at = seen_.started_at;
  out.traffic = seen_.traffic.report(out.now);
  out.denials = parts_.metrics.denials();
  out.certificates = certificate_ends(parts_.config, *view);
  std::ranges::sort(out.certificates, {}, [](const CertificateEnd& end) {
    return std::tuple(!end.own, end.at, end.member.value, end.use);
  });
  out.configuration = {configuration.instance, configuration.version, configuration.issued_at,
                       configuration.expires_at};
  out.ledger = {log.size(), log.vkey(), seen_.witnessed.state()};
  out.delivery = {parts_.journal.waiting(), seen_.delivery.delivered(), seen_.delivery.refused()};
  out.log = seen_.log_level.state();
  return out;
}

Result<exchange::DecisionTrace> Operating::explain(const TraceQuestion& question) {
  if (question.service.provider.member != parts_.config.member.value)
    return fail(Kind::not_found, "unknown_service", "another member's service", "service");
  MINBEN_TRY(segments, read_segments(question.path));
  const auto view = parts_.directory.view();
  return seen_.serving.decider().explain(view->access,
                                         {question.consumer,
                                          question.service,
                                          question.method,
                                          segments,
                                          question.purpose,
                                          question.case_id,
                                          {},
                                          {}},
                                         parts_.clock.now());
}

}  // namespace minben::gateway
