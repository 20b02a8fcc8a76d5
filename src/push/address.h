/* Which addresses a provider may be reached at. Public means: globally reachable unicast (IANA's IPv4 and
 * IPv6 special-purpose registries); IPv6 forms that carry an IPv4 address are judged by that one. Anything
 * that is not IP is not public. */
#ifndef PUSH_ADDRESS_H
#define PUSH_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_public(const struct sockaddr *);

#endif
