/* SPDX-License-Identifier: BSD-3-Clause */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control { /* room for one descriptor, aligned as the system wants it */
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

tactus_status channel_reply(int socket, const struct gate_reply *reply, int descriptor)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)reply, .iov_len = sizeof *reply};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent == (ssize_t)sizeof *reply ? TACTUS_OK : TACTUS_E_TIMED_OUT;
}

tactus_status channel_take(int socket, struct gate_request *request, size_t *length)
{
    memset(request, 0, sizeof *request);
    /* Without room for ancillary data the system closes any descriptor that was sent along. */
    ssize_t got = recv(socket, request, sizeof *request, MSG_DONTWAIT | MSG_TRUNC);
    if (got > 0) {
        *length = (size_t)got;
        return TACTUS_OK;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? TACTUS_E_NOT_FOUND : TACTUS_E_DIED;
}

static int descriptor_of(struct msghdr *message)
{
    int descriptor = -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    }
    return descriptor;
}

tactus_status channel_ask(int socket, const struct gate_request *request, struct gate_reply *reply,
                          int *descriptor)
{
    ssize_t sent = 0;
    do {
        sent = send(socket, request, sizeof *request, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)sizeof *request) {
        return TACTUS_E_DIED;
    }
    union control control;
    struct iovec part = {.iov_base = reply, .iov_len = sizeof *reply};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = 0;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    int received = got < 0 ? -1 : descriptor_of(&message);
    if (got != (ssize_t)sizeof *reply || reply->sequence != request->sequence) {
        if (received >= 0) {
            close(received);
        }
        return TACTUS_E_DIED;
    }
    *descriptor = received;
    return (tactus_status)reply->status;
}
