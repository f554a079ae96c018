#pragma once
// What a gateway measures of itself at the moment somebody asks (GET /metrics).
#include <prometheus/metric_family.h>

#include "delivery.hpp"
#include "messaging.hpp"
#include "metrics.hpp"
#include "operations.hpp"
#include "parts.hpp"

namespace minben::gateway {

/// Journal, uses, events, configuration, certificates by days left (own by their files, peers' by
/// the configuration), peers' channels, and the process. Thread-safe; reads a few small files.
std::vector<prometheus::MetricFamily> measure(const Parts& parts, const Delivery& delivery,
                                              const MessagingFigures& messaging);

/// Own certificates by their files, peers' seals by the configuration (of at most 500 members;
/// while one changes its certificate, the newer one counts).
std::vector<CertificateEnd> certificate_ends(const GatewayConfig& config, const View& view);

}  // namespace minben::gateway
