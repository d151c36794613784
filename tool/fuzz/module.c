/* SPDX-License-Identifier: MIT */
/* mqttwire_tool._fuzz: libmqttwire-fuzz in Python.  See _fuzz.pyi for what it offers. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <mqttwire_fuzz.h>

enum { GENERATED = 4096 }; /* bytes of a packet that is generated, at most */

/* ---- Results ---- */

/* Room for a result, that is cut to its size; what is left of max_size after that goes back. */
static PyObject *room(Py_ssize_t max_size)
{
    if (max_size < 0) {
        PyErr_SetString(PyExc_ValueError, "max_size is not negative");
        return NULL;
    }
    return PyBytes_FromStringAndSize(NULL, max_size);
}

static PyObject *cut(PyObject *made, size_t size)
{
    _PyBytes_Resize(&made, (Py_ssize_t)size);
    return made;
}

static uint8_t *bytes_of(PyObject *made)
{
    return (uint8_t *)PyBytes_AS_STRING(made);
}

/* ---- Mutation ---- */

struct arguments {
    Py_buffer data, weights, uses;
    unsigned int seed;
    Py_ssize_t max_size;
    unsigned char version, sender, repair, rounds;
};

/* What the mutator is told by the arguments, which have to fit it. */
static bool mutator_of(const struct arguments *a, struct mqw_mutator *mutator)
{
    mqw_mutator_init(mutator);
    mutator->version = a->version;
    mutator->sender = a->sender;
    mutator->repair = a->repair;
    mutator->rounds = a->rounds;
    if (a->weights.buf && a->weights.len != MQW_OPERATOR_COUNT) {
        PyErr_SetString(PyExc_ValueError, "there is one weight for each operator");
        return false;
    }
    if (a->uses.buf && (a->uses.len != MQW_OPERATOR_COUNT * sizeof *mutator->uses ||
                        (uintptr_t)a->uses.buf % _Alignof(struct mqw_operator_use))) {
        PyErr_SetString(PyExc_ValueError, "there are two counts of 64 bits for each operator");
        return false;
    }
    mutator->weights = (const uint8_t *)a->weights.buf;
    mutator->uses = (struct mqw_operator_use *)a->uses.buf;
    return true;
}

static PyObject *mutate(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"data",   "seed",   "max_size", "version", "sender",
                                        "repair", "rounds", "weights",  "uses",    NULL};
    struct arguments a = {{0}, {0}, {0}, 0, 0, 0, 0, 0, 0};
    struct mqw_mutator mutator;
    PyObject *made = NULL;
    (void)module;
    mqw_mutator_init(&mutator);
    a.repair = mutator.repair;
    a.rounds = mutator.rounds;
    if (PyArg_ParseTupleAndKeywords(
            args, kwargs, "y*In|$bbbbz*w*:mutate", (char **)(uintptr_t)names, &a.data, &a.seed,
            &a.max_size, &a.version, &a.sender, &a.repair, &a.rounds, &a.weights, &a.uses) &&
        mutator_of(&a, &mutator) && (made = room(a.max_size))) {
        size_t size = a.data.len < a.max_size ? (size_t)a.data.len : (size_t)a.max_size;
        if (size)
            memcpy(bytes_of(made), a.data.buf, size);
        made =
            cut(made, mqw_mutate_with(&mutator, bytes_of(made), size, (size_t)a.max_size, a.seed));
    }
    PyBuffer_Release(&a.data);
    PyBuffer_Release(&a.weights);
    PyBuffer_Release(&a.uses);
    return made;
}

static PyObject *crossover(PyObject *module, PyObject *args)
{
    Py_buffer one = {0}, two = {0};
    unsigned int seed;
    Py_ssize_t max_size;
    PyObject *made = NULL;
    (void)module;
    if (PyArg_ParseTuple(args, "y*y*In:crossover", &one, &two, &seed, &max_size) &&
        (made = room(max_size)))
        made = cut(made, mqw_crossover((const uint8_t *)one.buf, (size_t)one.len,
                                       (const uint8_t *)two.buf, (size_t)two.len, bytes_of(made),
                                       (size_t)max_size, seed));
    PyBuffer_Release(&one);
    PyBuffer_Release(&two);
    return made;
}

/* ---- Generation ---- */

static PyObject *generate(PyObject *module, PyObject *args)
{
    unsigned char version, sender;
    unsigned int seed;
    int rule = MQW_OK;
    uint8_t out[GENERATED];
    size_t size;
    (void)module;
    if (!PyArg_ParseTuple(args, "bbI|i:generate", &version, &sender, &seed, &rule))
        return NULL;
    size = rule == MQW_OK
               ? mqw_generate(out, sizeof out, version, sender, seed)
               : mqw_generate_broken(out, sizeof out, version, sender, (enum mqw_code)rule, seed);
    return PyBytes_FromStringAndSize((const char *)out, (Py_ssize_t)size);
}

static PyObject *refusals(PyObject *module, PyObject *args)
{
    int rule;
    (void)module;
    if (!PyArg_ParseTuple(args, "i:refusals", &rule))
        return NULL;
    return PyLong_FromUnsignedLong(mqw_broken_options(0, 0, (enum mqw_code)rule).refuse);
}

/* ---- Tables ---- */

/* Adds a list to a module as a tuple; takes the list. */
static int add_list(PyObject *module, const char *name, PyObject *list)
{
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    int failed = !tuple || PyModule_AddObject(module, name, tuple);
    if (failed)
        Py_XDECREF(tuple);
    Py_XDECREF(list);
    return failed ? -1 : 0;
}

/* Appends an object, which is taken, to a list, which goes where that fails. */
static PyObject *append(PyObject *list, PyObject *object)
{
    if (list && (!object || PyList_Append(list, object)))
        Py_CLEAR(list);
    Py_XDECREF(object);
    return list;
}

static int module_exec(PyObject *module)
{
    static const char *const levels[] = {"", "packet", "field", "byte"};
    const struct mqw_operator_row *row;
    const struct mqw_rule *rule;
    PyObject *operators = PyList_New(0), *rules = PyList_New(0);
    for (size_t i = 0; (row = mqw_operator_at(i)) != NULL; i++)
        operators = append(operators, Py_BuildValue("(ssis)", row->name, levels[row->level],
                                                    (int)row->weight, row->text));
    for (size_t i = 0; (rule = mqw_rule_at(i)) != NULL; i++)
        if (mqw_breakable(rule->number))
            rules = append(rules, PyLong_FromLong(rule->number));
    if (add_list(module, "OPERATORS", operators)) {
        Py_XDECREF(rules);
        return -1;
    }
    return add_list(module, "RULES", rules);
}

/* Functions as the tables want them: their types differ. */
#define FUNCTION(function) (PyCFunction)(void (*)(void))(function)
#define SLOT(function)     (void *)(uintptr_t)(function)

static PyMethodDef functions[] = {
    {"mutate", FUNCTION(mutate), METH_VARARGS | METH_KEYWORDS, "A stream of packets, changed."},
    {"crossover", crossover, METH_VARARGS, "A stream of packets, made of two."},
    {"generate", generate, METH_VARARGS, "A packet that is valid, or breaks a rule."},
    {"refusals", refusals, METH_VARARGS, "What decoding has to refuse to tell of a rule."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, SLOT(module_exec)},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,  .m_name = "_fuzz", .m_doc = "libmqttwire-fuzz.",
    .m_methods = functions, .m_slots = slots,
};

PyMODINIT_FUNC PyInit__fuzz(void);

PyMODINIT_FUNC PyInit__fuzz(void)
{
    return PyModuleDef_Init(&definition);
}
